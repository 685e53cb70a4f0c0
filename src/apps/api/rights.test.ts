/** Rights: who may change them, on whose decision, and what the database itself refuses. */
import fc from 'fast-check'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { forgetSessions } from '../../kernel/authority/session.procedures.ts'
import { bindKeys, inventKeys, seal } from '../../kernel/authority/rights/seal.ts'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { powers } from '../../kernel/db/powerless.ts'
import { testApi, type Answer, type Visitor } from '../../kernel/test/api.ts'
import { rolledBack, testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const owner = new pg.Client(database.connection)
beforeAll(() => owner.connect())
afterAll(() => owner.end())
const system = <T = any>(query: ReturnType<typeof sql<T>>) => db.asSystem('test', (trx) => trx.rows<T>(query))
const at = async (place: number, role: Role) => api.as(await city.actorAt(place, role))

const sysadmin = await at(city.city, 'system_administrator')
const secadmin = await at(city.city, 'security_administrator')
const auditor = await at(city.city, 'audit_administrator')
const town = await at(city.city, 'city_reviewer')
const yuzhong = await at(city.yuzhong, 'district_reviewer')
const wanzhou = await at(city.wanzhou, 'district_reviewer')
const head = await at(city.school, 'responsible')
const clerk = await at(city.school, 'filler')
const leader = await at(city.city, 'leader')
const WHO: Record<string, Visitor> = { sysadmin, secadmin, auditor, town, yuzhong, wanzhou, head, clerk, leader, nobody: api.nobody }

let n = 0
const reason = '渝中委〔2026〕9 号'
/** Somebody with an account and no post, in Yuzhong. */
async function somebody(place = city.school): Promise<number> {
  const [row] = await system<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) SELECT ${`新人${++n}`}, org_path FROM org.organization WHERE id = ${place} RETURNING id`)
  return row!.id
}
const postsOf = (personId: number) => system<{ role: string; org: number; ground: string | null; mac: string | null }>(sql`
  SELECT role, organization_id AS org, CASE WHEN proposal_id IS NOT NULL THEN 'proposal' WHEN delegation_id IS NOT NULL THEN 'delegation' END AS ground, mac FROM auth.post WHERE person_id = ${personId} ORDER BY id`)
const proposal = async (id: number) => (await system<any>(sql`SELECT id, version, state FROM auth.proposal WHERE id = ${id}`))[0]!
/** A proposal that waits, by the system administrator, for a reviewer in Yuzhong. */
async function waiting(role: Role = 'district_reviewer', place = city.yuzhong): Promise<{ id: number; version: number; person: number }> {
  const person = await somebody()
  const answer = await sysadmin.post(`/people/${person}/posts`, { organizationId: place, role, reason })
  expect(answer.status, answer.text).toBe(200)
  return { id: answer.body.proposed, version: 1, person }
}
const word = (a: Answer) => (a.status === 200 ? 'ok' : a.body.code)

describe('three administrators', () => {
  const ADMINS = ['system_administrator', 'security_administrator', 'audit_administrator'] as const
  const insert = (person: number, role: string, from: string, to: string | null) => sql`INSERT INTO auth.post (person_id, organization_id, role, valid_from, valid_to, org_path) VALUES (${person}, ${city.city}, ${role}, ${from}, ${to}, '1.')`
  test.each(ADMINS.flatMap((a) => [...ADMINS, 'filler', 'district_reviewer', 'city_reviewer', 'leader'].map((b) => [a, b] as const)))('%s and %s at once are refused by the database, in either order', async (a, b) => {
    const person = await somebody()
    for (const [x, y] of [[a, b], [b, a]]) await rolledBack(db, async (trx) => {
      await trx.run(insert(person, x!, '2026-01-01', null))
      await expect(trx.run(insert(person, y!, '2026-06-01', '2026-06-30'))).rejects.toMatchObject({ code: '23P01' })
    })
  })
  test('one after the other is fine; business beside business too; the last day counts', async () => {
    const person = await somebody()
    await rolledBack(db, async (trx) => {
      await trx.run(insert(person, 'system_administrator', '2026-01-01', '2026-05-31'))
      await trx.run(insert(person, 'audit_administrator', '2026-06-01', '2026-06-30'))
      await trx.run(insert(person, 'filler', '2026-07-01', null))
      await trx.run(insert(person, 'leader', '2026-07-01', null))
      await expect(trx.run(insert(person, 'filler', '2026-06-30', null))).rejects.toMatchObject({ code: '23P01' })
    })
  })
  test('also the owner of the tables cannot, nor by changing a row', async () => {
    const person = await somebody()
    await owner.query('BEGIN')
    await owner.query(`INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) VALUES (${person}, ${city.city}, 'leader', '2026-01-01', '1.'), (${person}, ${city.city}, 'filler', '2026-01-01', '1.')`)
    await expect(owner.query(`UPDATE auth.post SET role = 'security_administrator' WHERE person_id = ${person} AND role = 'leader'`)).rejects.toMatchObject({ code: '23P01' })
    await owner.query('ROLLBACK')
  })
  test('nothing is granted to them besides, and nothing of theirs to others', async () => {
    const admin = await city.actorAt(city.city, 'security_administrator')
    const clerkPost = (await city.actorAt(city.school, 'filler')).postId
    const grant = (post: number, role: string | null, permissions: string) => sql`INSERT INTO auth.entitlement (post_id, organization_id, org_path, role, permissions, valid_to, reason) VALUES (${post}, ${city.city}, '1.', ${role}, ${permissions}::text[], '2030-01-01', 'x')`
    for (const [post, role, permissions, code] of [[admin.postId, 'leader', '{}', '23503'], [admin.postId, null, '{report.read}', '23503'], [clerkPost, 'system_administrator', '{}', '23514'], [clerkPost, null, '{security.decide}', '23514'], [clerkPost, null, '{}', '23514']] as const)
      await rolledBack(db, async (trx) => expect(trx.run(grant(post, role, permissions))).rejects.toMatchObject({ code }))
  })
  test('said in words before, with the clause', async () => {
    const admin = await city.actorAt(city.city, 'security_administrator')
    for (const role of ['system_administrator', 'audit_administrator', 'leader'] as const) {
      const answer = await sysadmin.post(`/people/${admin.personId}/posts`, { organizationId: city.city, role, reason })
      expect([answer.status, answer.body.basis]).toEqual([422, 'GB/T 22239-2019 8.1.5'])
    }
  })
  test('none sees business data: every operation that reads it is forbidden', async () => {
    const business = domains.flatMap((d) => d.handlers.map((h) => h.operation)).filter((o) => /^(organization\.(?!pick)|report|indicator|target|setting\.update)/.test(o.access))
    expect(business.length).toBeGreaterThan(30)
    for (const who of [sysadmin, secadmin, auditor]) for (const o of business) {
      const url = o.path.replace(/:\w+/g, '1')
      const answer = o.method === 'GET' ? await who.get(url) : await who.post(url)
      expect([o.id, answer.status]).toEqual([o.id, 403])
    }
  })
  test('names for placing posts are all they get', async () => {
    const { body } = await sysadmin.get('/organization-names', { q: '中学' })
    expect(body.organizations).toEqual([{ id: city.school, name: '渝中区示范中学', kind: 'institution', region: expect.any(String) }])
    expect((await auditor.get('/organization-names', { q: '中学' })).status).toBe(403)
    expect((await wanzhou.get('/organization-names', { q: '中学' })).body.organizations).toEqual([])
  })
})

describe('who may do what with rights', () => {
  /** o done, p proposed, f forbidden, r refused, n not found, u not signed in. */
  const rows: [string, (w: Visitor) => Promise<Answer>, Record<string, string>][] = [
    ['appoint a clerk at the school', async (w) => w.post(`/people/${await somebody()}/posts`, { organizationId: city.school, role: 'filler', reason }), { sysadmin: 'p', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', auditor: 'f', head: 'f', clerk: 'f', leader: 'f', nobody: 'u' }],
    ['appoint a reviewer in Yuzhong', async (w) => w.post(`/people/${await somebody()}/posts`, { organizationId: city.yuzhong, role: 'district_reviewer', reason }), { sysadmin: 'p', town: 'p', yuzhong: 'p', wanzhou: 'n', secadmin: 'f', auditor: 'f', head: 'f', nobody: 'u' }],
    ['appoint a security administrator', async (w) => w.post(`/people/${await somebody()}/posts`, { organizationId: city.city, role: 'security_administrator', reason }), { sysadmin: 'p', town: 'r', yuzhong: 'r', wanzhou: 'n', secadmin: 'f', auditor: 'f', clerk: 'f', nobody: 'u' }],
    ['a new person with a post', async (w) => w.post('/people', { name: `来人${++n}`, login: `lai.ren.${n}`, organizationId: city.school, role: 'filler', reason }), { sysadmin: 'p', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', head: 'f', nobody: 'u' }],
    ['delegate appointments', (w) => w.post('/delegations', { organizationId: city.wanzhou, holderRole: 'district_reviewer', roles: ['leader'], reason: `委托${++n}` }), { sysadmin: 'p', town: 'r', yuzhong: 'r', secadmin: 'f', auditor: 'f', nobody: 'u' }],
    ['grant besides', async (w) => w.post(`/posts/${(await city.actorAt(city.school, 'filler')).postId}/entitlements`, { organizationId: city.primary, role: 'filler', to: `20${30 + (++n % 60)}-01-01`, reason }), { sysadmin: 'p', town: 'p', yuzhong: 'p', wanzhou: 'n', secadmin: 'f', clerk: 'f', nobody: 'u' }],
    ['end a clerk’s post', async (w) => w.post(`/posts/${await city.postFor(await somebody(), city.school, 'filler')}/end`, { reason }), { sysadmin: 'o', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', head: 'f', nobody: 'u' }],
    ['end an administrator’s post', async (w) => w.post(`/posts/${await city.postFor(await somebody(), city.city, 'audit_administrator')}/end`, { reason }), { sysadmin: 'p', town: 'r', yuzhong: 'n', secadmin: 'f', auditor: 'f', nobody: 'u' }],
    ['leave', async (w) => w.post(`/posts/${await city.postFor(await somebody(), city.school, 'filler')}/handover`, { kind: 'leave', reason }), { sysadmin: 'o', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', head: 'f', nobody: 'u' }],
    ['transfer to the primary school', async (w) => w.post(`/posts/${await city.postFor(await somebody(), city.school, 'filler')}/handover`, { kind: 'transfer', organizationId: city.primary, reason }), { sysadmin: 'p', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', head: 'f', nobody: 'u' }],
    ['lend to Wanzhou', async (w) => w.post(`/posts/${await city.postFor(await somebody(), city.school, 'filler')}/handover`, { kind: 'secondment', organizationId: city.bureau, until: '2099-01-01', reason }), { sysadmin: 'p', town: 'o', yuzhong: 'n', wanzhou: 'n', secadmin: 'f', nobody: 'u' }],
    ['let a colleague stand in at the school', async (w) => { const p = await somebody(); await city.postFor(p, city.school, 'filler'); return w.post(`/posts/${(await city.actorAt(city.school, 'responsible')).postId}/deputies`, { personId: p, to: '2099-01-01', reason: `休假${++n}` }) }, { sysadmin: 'p', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', head: 'p', clerk: 'f', nobody: 'u' }],
    ['look at who may do what', (w) => w.get('/access'), { sysadmin: 'o', secadmin: 'o', town: 'o', yuzhong: 'o', head: 'o', auditor: 'f', clerk: 'f', leader: 'f', nobody: 'u' }],
    ['ask who sees the school', (w) => w.get('/access/who', { subject: 'organization', id: city.school }), { secadmin: 'o', town: 'o', yuzhong: 'o', head: 'o', wanzhou: 'n', sysadmin: 'n', auditor: 'f', clerk: 'f', nobody: 'u' }],
    ['read alarms', (w) => w.get('/access/alarms'), { secadmin: 'o', sysadmin: 'f', town: 'f', auditor: 'f', nobody: 'u' }],
    ['suspend a clerk', async (w) => { const p = await somebody(); await city.postFor(p, city.school, 'filler'); await system(sql`INSERT INTO auth.account (person_id, login) VALUES (${p}, ${`x.${p}`})`); return w.post(`/people/${p}/status`, { status: 'suspended', reason }) }, { sysadmin: 'o', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', nobody: 'u' }],
    ['bring a clerk back', async (w) => { const p = await somebody(); await city.postFor(p, city.school, 'filler'); await system(sql`INSERT INTO auth.account (person_id, login, status) VALUES (${p}, ${`x.${p}`}, 'suspended')`); return w.post(`/people/${p}/status`, { status: 'active', reason }) }, { sysadmin: 'p', town: 'p', yuzhong: 'p', wanzhou: 'n', secadmin: 'f', nobody: 'u' }],
    ['correct a clerk’s name', async (w) => { const p = await somebody(); await city.postFor(p, city.school, 'filler'); const [{ version }] = await system(sql`SELECT version FROM auth.person WHERE id = ${p}`) as [{ version: number }]; return w.post(`/people/${p}/correct`, { version, name: `正名${++n}`, reason }) }, { sysadmin: 'o', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', auditor: 'f', head: 'f', clerk: 'f', leader: 'f', nobody: 'u' }],
    ['erase who holds nothing', async (w) => w.post(`/people/${await somebody()}/erase`, { reason }), { sysadmin: 'o', town: 'o', yuzhong: 'o', wanzhou: 'n', secadmin: 'f', auditor: 'f', head: 'f', clerk: 'f', leader: 'f', nobody: 'u' }],
    ['erase who holds a post', async (w) => { const p = await somebody(); await city.postFor(p, city.school, 'filler'); return w.post(`/people/${p}/erase`, { reason }) }, { sysadmin: 'r', town: 'r', yuzhong: 'r', wanzhou: 'n', secadmin: 'f', nobody: 'u' }],
    ['reset an administrator’s password', async (w) => { const p = await somebody(); await city.postFor(p, city.city, 'audit_administrator'); await system(sql`INSERT INTO auth.account (person_id, login) VALUES (${p}, ${`x.${p}`})`); await system(sql`UPDATE auth.person SET org_path = '1.' WHERE id = ${p}`); return w.post(`/people/${p}/reset-password`, { reason }) }, { sysadmin: 'r', town: 'r', yuzhong: 'n', secadmin: 'f', nobody: 'u' }],
    ['see a phone number whole', (w) => w.post('/reveal', { entity: 'org.organization', id: city.school, field: 'contactPhone', reason: '联系核实' }), { town: 'o', yuzhong: 'o', wanzhou: 'n', sysadmin: 'f', secadmin: 'f', auditor: 'f', leader: 'f', head: 'f', clerk: 'f', nobody: 'u' }],
    ['export phone numbers whole', (w) => w.post('/organization-export/personal', { format: 'csv', reason: '年度核对' }), { town: 'o', yuzhong: 'f', sysadmin: 'f', secadmin: 'f', leader: 'f', nobody: 'u' }],
  ]
  const WORDS: Record<string, string> = { o: 'ok', p: 'proposed', f: 'forbidden', n: 'not_found', r: 'refused', u: 'unauthenticated' }
  describe.each(rows)('%s', (_what, run, cells) => {
    test.each(Object.entries(cells))('%s', async (who, cell) => {
      const answer = await run(WHO[who]!)
      const got = answer.status === 200 && answer.body?.proposed ? 'proposed' : word(answer)
      expect(got, answer.text.slice(0, 200)).toBe(WORDS[cell])
    })
  })
})

describe('a proposal', () => {
  test('gives nothing until it is approved, by another than who asked and who gains', async () => {
    const p = await waiting()
    expect(await postsOf(p.person)).toEqual([])
    expect(word(await sysadmin.post(`/proposals/${p.id}/approve`, { version: 1 }))).toBe('forbidden')
    for (const who of [town, auditor, leader, head]) expect(['forbidden', 'not_found']).toContain(word(await who.post(`/proposals/${p.id}/approve`, { version: 1 })))
    const face = (await secadmin.get(`/proposals/${p.id}`)).body
    expect(face).toMatchObject({ state: 'proposed', can: ['decide'], kindLabel: '任命岗位', reason })
    expect(face.shown.find((s: any) => s.label === '增加的权限').after).toContain('审核、退回、催报')
    expect((await secadmin.post(`/proposals/${p.id}/approve`, { version: 1 })).body.state).toBe('approved')
    expect(await postsOf(p.person)).toEqual([{ role: 'district_reviewer', org: city.yuzhong, ground: 'proposal', mac: expect.stringMatching(/^[0-9a-f]{64}$/) }])
    const { rows } = await owner.query(`SELECT DISTINCT matter FROM audit.entry WHERE operation = 'proposal.approve' AND entity = 'auth.post'`)
    expect(rows).toContainEqual({ matter: expect.stringMatching(new RegExp(`^第 ${p.id} 号申请：`)) })
  })
  test('is not decided by whoever gains by it', async () => {
    const security = await city.actorAt(city.city, 'security_administrator')
    const own = (await sysadmin.post(`/posts/${security.postId}/end`, { reason })).body.proposed
    expect((await secadmin.get(`/proposals/${own}`)).body.can).toEqual([])
    expect(word(await secadmin.post(`/proposals/${own}/approve`, { version: 1 }))).toBe('forbidden')
    await expect(system(sql`UPDATE auth.proposal SET state = 'approved', decided_by = ${security.personId}, decided_by_name = 'x' WHERE id = ${own}`)).rejects.toMatchObject({ constraint: 'proposal_apart' })
    const other = await waiting()
    const asked = (await system<{ by: number }>(sql`SELECT proposed_by AS by FROM auth.proposal WHERE id = ${other.id}`))[0]!.by
    await expect(system(sql`UPDATE auth.proposal SET state = 'approved', decided_by = ${asked}, decided_by_name = 'x' WHERE id = ${other.id}`)).rejects.toMatchObject({ constraint: 'proposal_apart' })
    await sysadmin.post(`/proposals/${own}/withdraw`, { version: 1 })
  })
  test('about the only security administrator says that nobody can decide it, until there is another', async () => {
    const security = await city.actorAt(city.city, 'security_administrator')
    const own = (await sysadmin.post(`/posts/${security.postId}/end`, { reason })).body.proposed
    const list = async (w: Visitor) => (await w.get('/proposals', { view: 'all', limit: 200 })).body
    const stuck = async (w: Visitor) => [(await list(w)).deciders, (await list(w)).proposals.find((p: any) => p.id === own).stuck, (await w.get(`/proposals/${own}`)).body.stuck]
    expect([await stuck(sysadmin), await stuck(secadmin)]).toEqual([[1, true, true], [1, true, true]])
    // What concerns others is decided as ever, also that there will be a second one.
    const second = await waiting('security_administrator', city.city)
    expect((await list(secadmin)).proposals.find((p: any) => p.id === second.id)).toMatchObject({ stuck: false, can: ['decide'] })
    expect(word(await secadmin.post(`/proposals/${second.id}/approve`, { version: 1 }))).toBe('ok')
    expect(await stuck(sysadmin)).toEqual([2, false, false])
    // Suspended, they decide nothing.
    await system(sql`INSERT INTO auth.account (person_id, login, status) VALUES (${second.person}, ${`x.${second.person}`}, 'suspended')`)
    expect(await stuck(sysadmin)).toEqual([1, true, true])
    // How many there are is nothing for offices.
    expect((await list(yuzhong)).deciders).toBeNull()
    await sysadmin.post(`/proposals/${own}/withdraw`, { version: 1 })
    await system(sql`DELETE FROM auth.account WHERE person_id = ${second.person}`)
    await system(sql`DELETE FROM auth.post WHERE person_id = ${second.person}`)
  })
  test('cannot be made for oneself', async () => {
    const me = await city.actorAt(city.yuzhong, 'district_reviewer')
    expect(word(await yuzhong.post(`/people/${me.personId}/posts`, { organizationId: city.yuzhong, role: 'district_reviewer', reason }))).toBe('refused')
    await expect(system(sql`INSERT INTO auth.proposal (kind, payload, shown, summary, reason, person_id, organization_id, org_path, proposed_by, proposed_by_name, expires_at) VALUES ('appoint', '{}', '[]', 'x', 'xx', ${me.personId}, ${city.yuzhong}, '1.', ${me.personId}, 'x', now())`)).rejects.toMatchObject({ constraint: 'proposal_unselfish' })
  })
  test('of fifty approvals at once one has an effect, the rest are conflicts (F21)', async () => {
    const p = await waiting()
    const answers = await Promise.all(Array.from({ length: 50 }, () => secadmin.post(`/proposals/${p.id}/approve`, { version: 1 })))
    expect(answers.map((a) => a.status).sort()).toEqual([200, ...Array.from({ length: 49 }, () => 409)])
    expect(await postsOf(p.person)).toHaveLength(1)
  })
  test('approved or withdrawn, never both (F21)', async () => {
    for (let i = 0; i < 8; i++) {
      const p = await waiting()
      const [a, w] = await Promise.all(i % 2 ? [secadmin.post(`/proposals/${p.id}/approve`, { version: 1 }), sysadmin.post(`/proposals/${p.id}/withdraw`, { version: 1 })] : [sysadmin.post(`/proposals/${p.id}/withdraw`, { version: 1 }), secadmin.post(`/proposals/${p.id}/approve`, { version: 1 })].reverse() as never)
      expect([a.status, w.status].sort()).toEqual([200, 409])
      expect(await postsOf(p.person)).toHaveLength((await proposal(p.id)).state === 'approved' ? 1 : 0)
    }
  })
  test('expires', async () => {
    const p = await waiting()
    await owner.query(`ALTER TABLE auth.proposal DISABLE TRIGGER proposal_steps; UPDATE auth.proposal SET expires_at = now() - interval '1 second' WHERE id = ${p.id}; ALTER TABLE auth.proposal ENABLE TRIGGER proposal_steps`)
    expect((await secadmin.get(`/proposals/${p.id}`)).body).toMatchObject({ state: 'expired', can: [] })
    expect((await secadmin.post(`/proposals/${p.id}/approve`, { version: 2 })).status).toBe(422)
    expect(await postsOf(p.person)).toEqual([])
  })
  test('goes one way: every sequence of acts agrees with the model, an illegal step is never 200', async () => {
    const acts = {
      approve: (p: any) => secadmin.post(`/proposals/${p.id}/approve`, { version: p.version }), reject: (p: any) => secadmin.post(`/proposals/${p.id}/reject`, { version: p.version, decision: '不妥' }),
      withdraw: (p: any) => sysadmin.post(`/proposals/${p.id}/withdraw`, { version: p.version }), foreign: (p: any) => yuzhong.post(`/proposals/${p.id}/withdraw`, { version: p.version }),
      own: (p: any) => sysadmin.post(`/proposals/${p.id}/approve`, { version: p.version }), old: (p: any) => secadmin.post(`/proposals/${p.id}/approve`, { version: p.version - 1 }),
    }
    const leads: Record<string, string> = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' }
    await fc.assert(fc.asyncProperty(fc.array(fc.constantFrom(...Object.keys(acts) as (keyof typeof acts)[]), { minLength: 1, maxLength: 5 }), async (sequence) => {
      const p = await waiting()
      let state = 'proposed'
      for (const act of sequence) {
        const answer = await acts[act](await proposal(p.id))
        const legal = state === 'proposed' && act in leads
        expect([act, state, answer.status === 200]).toEqual([act, state, legal])
        if (legal) state = leads[act]!
        expect((await proposal(p.id)).state).toBe(state)
      }
      expect(await postsOf(p.person)).toHaveLength(state === 'approved' ? 1 : 0)
    }), { numRuns: 15, seed: 20261125 })
  }, 60_000)
  test('a decided one is not reopened, a waiting one not rewritten, not even by the system', async () => {
    const p = await waiting()
    await expect(system(sql`UPDATE auth.proposal SET payload = '{}' WHERE id = ${p.id}`)).rejects.toMatchObject({ constraint: 'proposal_steps' })
    await secadmin.post(`/proposals/${p.id}/reject`, { version: 1, decision: '材料不全' })
    await expect(system(sql`UPDATE auth.proposal SET state = 'proposed', decided_by = NULL WHERE id = ${p.id}`)).rejects.toMatchObject({ constraint: 'proposal_steps' })
  })
  test('many at once: preview says which, another number is refused, all are done in one', async () => {
    const [a, b, c] = [await waiting(), await waiting('leader'), await waiting()]
    await sysadmin.post(`/proposals/${c.id}/withdraw`, { version: 1 })
    const chosen = [a, b, c].map(({ id }) => ({ id, version: 1 }))
    const preview = (await secadmin.post('/proposals/preview', { chosen })).body
    expect([preview.fit.map((f: any) => f.id).sort(), preview.unfit.map((u: any) => u.id)]).toEqual([[a.id, b.id], [c.id]])
    expect(word(await secadmin.post('/proposals/approve-many', { chosen, expected: 3 }))).toBe('refused')
    expect((await secadmin.post('/proposals/approve-many', { chosen, expected: 2 })).body).toEqual({ approved: 2 })
    expect([...(await postsOf(a.person)), ...(await postsOf(b.person))]).toHaveLength(2)
  })
  test('an inbox holds what one can decide; a neighbour sees none of it', async () => {
    const p = await waiting()
    expect((await secadmin.get('/proposals')).body.proposals.map((x: any) => x.id)).toContain(p.id)
    expect((await secadmin.get('/proposals/waiting')).body.count).toBeGreaterThan(0)
    expect((await sysadmin.get('/proposals')).body.proposals).toEqual([])
    expect((await sysadmin.get('/proposals', { view: 'mine' })).body.proposals.map((x: any) => x.id)).toContain(p.id)
    expect([(await wanzhou.get(`/proposals/${p.id}`)).status, (await wanzhou.get('/proposals', { view: 'all' })).body.proposals.some((x: any) => x.id === p.id)]).toEqual([404, false])
  })
  test('what a delegation covers may also be decided by the office', async () => {
    const p = await waiting('filler', city.school)
    expect((await yuzhong.get(`/proposals/${p.id}`)).body.can).toEqual(['decide'])
    expect((await yuzhong.post(`/proposals/${p.id}/approve`, { version: 1 })).status).toBe(200)
    expect((await postsOf(p.person))[0]!.role).toBe('filler')
  })
})

describe('a right without a ground', () => {
  const write = async (who: 'district_reviewer' | 'security_administrator', role: string, ground: string) =>
    db.asActor(await city.actorAt(who === 'district_reviewer' ? city.yuzhong : city.city, who), { operation: 'test' }, async (trx) => {
      const [{ id }] = await system<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) SELECT '甲', org_path FROM org.organization WHERE id = ${city.yuzhong} RETURNING id`) as [{ id: number }]
      await trx.run(sql`INSERT INTO auth.post (person_id, organization_id, role, org_path, proposal_id, delegation_id) SELECT ${id}, id, ${role}, org_path, ${sql.raw(ground)} FROM org.organization WHERE id = ${city.yuzhong}`)
    })
  test.each([['no ground', 'district_reviewer', 'filler', 'NULL, NULL'], ['a delegation that does not cover it', 'district_reviewer', 'district_reviewer', 'NULL, (SELECT min(id) FROM auth.delegation)'], ['a proposal of another', 'district_reviewer', 'filler', '(SELECT min(id) FROM auth.proposal), NULL']] as const)(
    'is refused by the database: %s', async (_what, who, role, ground) => { await expect(write(who, role, ground)).rejects.toMatchObject({ constraint: 'post_ground' }) })
  test('a post cannot be lengthened or moved through the application, only ended', async () => {
    const post = await city.postFor(await somebody(), city.school, 'filler')
    await db.asSystem('test', async (trx) => { await trx.run(sql`UPDATE auth.post SET valid_to = '2027-01-01' WHERE id = ${post}`); await seal(trx, 'post', [post]) })
    const as = async (query: ReturnType<typeof sql>) => db.asActor(await city.actorAt(city.yuzhong, 'district_reviewer'), { operation: 'test' }, (trx) => trx.run(query))
    for (const set of [`valid_to = NULL`, `valid_to = '2028-01-01'`, `role = 'district_reviewer'`, `valid_from = '2019-01-01'`, `person_id = 1`]) await expect(as(sql`UPDATE auth.post SET ${sql.raw(set)} WHERE id = ${post}`), set).rejects.toMatchObject({ constraint: 'post_ground' })
    await as(sql`UPDATE auth.post SET valid_to = '2026-12-01' WHERE id = ${post}`)
  })
})

describe('a seal', () => {
  const alarms = () => system<{ n: number }>(sql`SELECT count(*) AS n FROM auth.alarm`).then((r) => r[0]!.n)
  const fresh = async () => {
    const person = await somebody()
    const post = await city.postFor(person, city.school, 'filler')
    const me = await api.as({ ...(await city.actorAt(city.school, 'filler')), personId: person, postId: post })
    expect((await me.get('/organizations')).status).toBe(200)
    return { person, post, me }
  }
  test.each([['role', `role = 'district_reviewer'`], ['place', 'organization_id = 1'], ['person', 'valid_to = NULL, proposal_id = 7'], ['no seal', 'mac = NULL'], ['another key', 'key_version = 9'], ['a longer time', `valid_from = '2019-01-01'`]])('broken by SQL (%s): the right is denied and an alarm raised, once', async (_what, set) => {
    const { post, me } = await fresh()
    const before = await alarms()
    await owner.query(`UPDATE auth.post SET ${set} WHERE id = ${post}`)
    forgetSessions()
    expect((await me.get('/organizations')).status).toBe(403)
    expect((await me.get('/session')).body.hat).toBeNull()
    forgetSessions()
    await me.get('/session')
    expect(await alarms()).toBe(before + 1)
    expect((await secadmin.get('/access/alarms')).body.alarms[0]).toMatchObject({ subject: 'auth.post', recordId: post })
  })
  test('a row that was made by SQL gives nothing, neither does a grant', async () => {
    const { person, post, me } = await fresh()
    await owner.query(`INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path, mac, key_version) SELECT ${person}, id, 'city_reviewer', '2026-01-01', org_path, repeat('0', 64), 1 FROM org.organization WHERE id = ${city.city}`)
    await owner.query(`INSERT INTO auth.entitlement (post_id, organization_id, org_path, permissions, valid_from, valid_to, reason) SELECT ${post}, id, org_path, '{report.lock}', '2026-01-01', '2099-01-01', 'x' FROM org.organization WHERE id = ${city.school}`)
    forgetSessions()
    const who = (await me.get('/session')).body
    expect([who.hats.length, who.hat.permissions.includes('report.lock')]).toEqual([1, false])
    expect((await secadmin.get('/access', { organizationId: city.school, q: `新人${n}` })).body.rows.map((r: any) => [r.via, r.sealed])).toEqual([['grant', false], ['post', true]])
  })
  test('of another installation opens nothing', async () => {
    const { me } = await fresh()
    const ours = inventKeys()
    bindKeys(ours)
    forgetSessions()
    expect((await me.get('/organizations')).status).toBe(403)
    await db.asSystem('test', async (trx) => { for (const kind of ['post', 'entitlement', 'delegation'] as const) await seal(trx, kind, 'all') })
    forgetSessions()
    expect((await me.get('/organizations')).status).toBe(200)
  })
})

describe('granted besides', () => {
  const approve = async (id: number) => expect((await secadmin.post(`/proposals/${id}/approve`, { version: 1 })).status).toBe(200)
  test('at the post’s own place it adds to the hat, elsewhere it is a hat of its own, for its time', async () => {
    const actor = await city.actorAt(city.hospital, 'filler')
    const me = await api.as(actor)
    const grant = (body: object) => yuzhong.post(`/posts/${actor.postId}/entitlements`, { to: '2099-01-01', reason, ...body }).then((a) => { expect(a.status, a.text).toBe(200); return a.body.proposed as number })
    await approve(await grant({ organizationId: city.hospital, permissions: ['report.submit'] }))
    await approve(await grant({ organizationId: city.education, role: 'district_reviewer' }))
    forgetSessions()
    const who = (await me.get('/session')).body
    expect(who.hat.permissions).toContain('report.submit')
    expect(who.hats.map((h: any) => [h.organizationId, h.role, h.entitlementId !== null])).toEqual([[city.hospital, 'filler', false], [city.education, 'district_reviewer', true]])
    expect((await me.get('/organizations')).body.total).toBe(1)
    const other = who.hats[1]
    expect((await me.post('/session/hat', { postId: other.postId, entitlementId: other.entitlementId })).body.hat.organizationId).toBe(city.education)
    expect((await me.get('/organizations')).body.total).toBe(3)
    expect((await clerk.post('/session/hat', { postId: other.postId, entitlementId: other.entitlementId })).status).toBe(403)
    expect((await yuzhong.post(`/entitlements/${other.entitlementId}/end`, { reason: '任务完成' })).status).toBe(200)
    expect((await me.get('/session')).body.hat.organizationId).toBe(city.hospital)
    expect((await me.get('/organizations')).body.total).toBe(1)
  })
})

describe('a deputy', () => {
  test('stands in for a time, says so on every act, and hands nothing on', async () => {
    const principal = await city.actorAt(city.primary, 'responsible')
    const boss = await api.as(principal)
    const person = await somebody(city.primary)
    const own = await city.postFor(person, city.primary, 'filler')
    const deputy = await api.as({ ...(await city.actorAt(city.primary, 'filler')), personId: person, postId: own })
    expect((await boss.get('/colleagues')).body.colleagues.map((c: any) => c.id)).toContain(person)
    const { proposed } = (await boss.post(`/posts/${principal.postId}/deputies`, { personId: person, to: '2099-01-01', reason: '住院' })).body
    expect((await deputy.get('/session')).body.hats).toHaveLength(1)
    expect((await yuzhong.post(`/proposals/${proposed}/approve`, { version: 1 })).status).toBe(200)
    const hat = (await deputy.get('/session')).body.hats.find((h: any) => h.deputyFor)
    expect(hat).toMatchObject({ role: 'responsible', deputyFor: principal.name })
    expect((await deputy.post('/session/hat', { postId: hat.postId })).status).toBe(200)
    const form = { form: 'energy.monthly', period: '2026-03', organizationId: city.primary, version: null, values: { electricity: '100' } }
    const saved = await deputy.post('/filings/save', form)
    expect(saved.body.facts.filledByName).toMatch(new RegExp(`（代${principal.name}）$`))
    const third = await somebody(city.primary)
    await city.postFor(third, city.primary, 'filler')
    expect(word(await deputy.post(`/posts/${hat.postId}/deputies`, { personId: third, to: '2099-01-01', reason: '也有事' }))).toBe('refused')
    await expect(system(sql`INSERT INTO auth.post (person_id, organization_id, role, org_path, deputy_of, valid_to) SELECT ${third}, organization_id, role, org_path, id, '2099-01-01' FROM auth.post WHERE id = ${hat.postId}`)).rejects.toMatchObject({ constraint: 'post_deputy' })
    // The principal's post ends, and with it whoever stood in.
    expect((await yuzhong.post(`/posts/${principal.postId}/end`, { reason: '退休' })).status).toBe(200)
    expect((await deputy.get('/session')).body.hats.map((h: any) => h.deputyFor)).toEqual([null])
  })
  test.each([['without an end', 'valid_to = NULL'], ['with another role', `role = 'district_reviewer'`], ['at another place', 'organization_id = 2']])('%s is refused by the database', async (_what, set) => {
    const [column, value] = set.split(' = ') as [string, string]
    const values: Record<string, string> = { person_id: String(await somebody()), organization_id: 'organization_id', role: 'role', valid_to: `'2099-01-01'`, [column]: value }
    const post = (await city.actorAt(city.school, 'responsible')).postId
    await expect(owner.query(`INSERT INTO auth.post (person_id, organization_id, role, valid_to, org_path, deputy_of) SELECT ${values.person_id}, ${values.organization_id}, ${values.role}, ${values.valid_to}, org_path, id FROM auth.post WHERE id = ${post}`)).rejects.toMatchObject({ constraint: 'post_deputy' })
  })
  test('an administrator has none', async () => {
    const admin = await city.actorAt(city.city, 'security_administrator')
    expect(word(await sysadmin.post(`/posts/${admin.postId}/deputies`, { personId: (await city.actorAt(city.city, 'leader')).personId, to: '2099-01-01', reason }))).toBe('refused')
  })
})

describe('leaving, moving, being lent', () => {
  async function worker() {
    const person = await somebody()
    const post = await city.postFor(person, city.school, 'filler')
    const me = await api.as({ ...(await city.actorAt(city.school, 'filler')), personId: person, postId: post })
    const period = `2025-${String((n % 12) + 1).padStart(2, '0')}`
    await me.post('/filings/save', { form: 'energy.monthly', period, organizationId: city.school, version: null, values: { electricity: '1' } })
    await me.post('/views', { page: '/organizations', name: `视图${n}`, query: { q: '学' } })
    await system(sql`INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, org_path, by_id, by_name, state) SELECT 'energy', 'a.csv', 'x', 1, '{"columns":{}}', org_path, ${person}, '某人', 'checked' FROM org.organization WHERE id = ${city.school}`)
    return { person, post, me, period }
  }
  test('shows first, then hands over to a successor and ends the right', async () => {
    const w = await worker()
    const heir = (await city.actorAt(city.school, 'filler')).personId
    const preview = (await yuzhong.get(`/posts/${w.post}/handover`)).body
    expect(preview.items).toMatchObject({ filings: { count: 1, names: [`渝中区示范中学 energy.monthly ${w.period}`] }, imports: { count: 1, names: ['a.csv'] }, views: { count: 1 } })
    // Who keeps people and reads no figures is told how many, not which.
    expect((await sysadmin.get(`/posts/${w.post}/handover`)).body.items.filings).toEqual({ count: 1, names: [] })
    const done = (await yuzhong.post(`/posts/${w.post}/handover`, { kind: 'leave', successorId: heir, reason: '辞职' })).body
    expect(done).toMatchObject({ proposed: null, items: { filings: { count: 1 } } })
    expect((await w.me.get('/organizations')).status).toBe(403)
    expect((await system<any>(sql`SELECT by_id AS by, by_name AS name FROM imports.batch WHERE file_name = 'a.csv' AND by_id = ${heir}`))[0]!.name).toMatch(/接某人/)
    expect((await clerk.get('/views', { page: '/organizations' })).body.views.map((v: any) => v.name)).toContain(`视图${n}`)
    expect((await clerk.get('/handovers', { mine: 'true' })).body.handovers[0]).toMatchObject({ kindLabel: '离任', organizationName: '渝中区示范中学', reason: '辞职' })
    expect((await yuzhong.get('/handovers', { personId: w.person })).body.handovers).toHaveLength(1)
    expect((await wanzhou.get('/handovers', { personId: w.person })).body.handovers).toEqual([])
  })
  test('without a successor it goes back to the office', async () => {
    const w = await worker()
    await yuzhong.post(`/posts/${w.post}/handover`, { kind: 'leave', reason: '辞职' })
    expect(await system(sql`SELECT by_id AS by FROM imports.batch WHERE by_id = ${w.person}`)).toEqual([])
    expect((await yuzhong.get('/handovers', { personId: w.person })).body.handovers[0].successorName).toBeNull()
  })
  test('who is lent works there for the time, and comes back', async () => {
    const w = await worker()
    const { proposed } = (await sysadmin.post(`/posts/${w.post}/handover`, { kind: 'secondment', organizationId: city.bureau, until: '2099-06-30', reason: '专项工作' })).body
    expect((await w.me.get('/session')).body.hat.organizationId).toBe(city.school)
    expect((await secadmin.post(`/proposals/${proposed}/approve`, { version: 1 })).status).toBe(200)
    expect((await w.me.get('/session')).body.hat.organizationId).toBe(city.bureau)
    expect((await system<any>(sql`SELECT organization_id AS o, valid_from AS f, valid_to AS t FROM auth.post WHERE person_id = ${w.person} ORDER BY valid_from DESC LIMIT 1`))[0]).toEqual({ o: city.school, f: '2099-07-01', t: null })
    expect((await yuzhong.get('/handovers', { personId: w.person })).body.handovers[0].kind).toBe('secondment')
  })
  test('nobody arranges it for themselves', async () => {
    const me = await city.actorAt(city.yuzhong, 'district_reviewer')
    expect(word(await yuzhong.post(`/posts/${me.postId}/handover`, { kind: 'leave', reason }))).toBe('refused')
    expect(word(await yuzhong.post(`/posts/${me.postId}/handover`, { kind: 'transfer', organizationId: city.education, reason }))).toBe('refused')
  })
})

describe('the reverse question', () => {
  test('names who sees a record and why, also those above, and nobody else', async () => {
    const { body } = await head.get('/access/who', { subject: 'organization', id: city.school })
    const named = body.people.map((p: any) => `${p.organizationName}/${p.roleLabel}`)
    expect(named).toEqual(expect.arrayContaining(['渝中区示范中学/填报人', '渝中区机关事务管理服务中心/区县（主管部门）审核人', '某市机关事务管理局/市级审核人', '某市机关事务管理局/领导']))
    expect(named.filter((x: string) => /万州|管理员/.test(x))).toEqual([])
    expect(body.people.find((p: any) => p.roleLabel === '填报人').can).toEqual(['查看机构名录'])
    const blind = (await secadmin.get('/access/who', { subject: 'organization', id: city.school })).body
    expect([blind.title, blind.people.length]).toEqual([`机构 ${city.school}`, body.people.length])
  })
  test('agrees with what happens', async () => {
    const { body } = await town.get('/access/who', { subject: 'organization', id: city.hospital })
    for (const [who, role] of [['clerk', '填报人'], ['wanzhou', '区县（主管部门）审核人'], ['yuzhong', '区县（主管部门）审核人'], ['leader', '领导']] as const) {
      const me = (await WHO[who]!.get('/session')).body
      const said = body.people.some((p: any) => p.personName === me.name && p.roleLabel === role)
      expect([who, said]).toEqual([who, (await WHO[who]!.get(`/organizations/${city.hospital}`)).status === 200])
    }
  })
  test('the matrix pages through everything once, by each order', async () => {
    const all = (await secadmin.get('/access', { limit: 200 })).body.rows.length
    for (const by of ['person', 'organization', 'role']) {
      const seen = new Set<string>()
      let cursor: string | undefined
      do {
        const { body } = await secadmin.get('/access', { by, limit: 7, ...(cursor ? { cursor } : {}) })
        for (const r of body.rows) { expect(seen.has(`${r.via}${r.id}`)).toBe(false); seen.add(`${r.via}${r.id}`) }
        cursor = body.next ?? undefined
      } while (cursor)
      expect(seen.size).toBe(all)
    }
    const csv = await secadmin.get('/access-export', { permission: 'report.lock', format: 'csv' })
    expect(csv.text).toContain('市级审核人')
    expect(csv.text).not.toContain('领导')
  })
})

describe('people that nobody has signed in as', () => {
  test('get a first code each, by office, once; administrators not', async () => {
    const person = await somebody(city.bureau)
    await city.postFor(person, city.bureau, 'filler')
    await system(sql`INSERT INTO auth.account (person_id, login) VALUES (${person}, ${`code.${person}`})`)
    const { body } = await wanzhou.post('/people/first-codes', { organizationId: city.wanzhou, reason: '首次发放' })
    const mine = body.codes.find((c: any) => c.login === `code.${person}`)
    expect(mine).toMatchObject({ organizationName: '万州区示范局', roleLabel: '填报人' })
    expect((await api.nobody.post('/session/sign-in', { login: mine.login, password: mine.code })).status).toBe(200)
    expect((await yuzhong.post('/people/first-codes', { organizationId: city.wanzhou, reason: '首次发放' })).status).toBe(404)
  })
})

test('whoever serves has no powers, and is who it should be', async () => {
  expect(await powers(db)).toEqual([])
  // As behind a pooler that drops the role: requests would run as somebody else.
  const dropped = { ...db, asActor: ((_actor, act, run) => db.asSystem(act, run)) as typeof db.asActor }
  expect((await powers(dropped)).join()).toMatch(/requests run as gongxie_system instead of gongxie_app/)
})

test('handed over to me, or to anybody: what is asked for is what is answered', async () => {
  const who = await somebody()
  const post = await city.postFor(who, city.school, 'filler')
  const heir = await city.actorAt(city.school, 'filler')
  expect((await yuzhong.post(`/posts/${post}/handover`, { kind: 'leave', successorId: heir.personId, reason })).status).toBe(200)
  const ids = (a: Answer) => a.body.handovers.map((h: { id: number }) => h.id)
  const all = ids(await yuzhong.get('/handovers'))
  expect(all.length).toBeGreaterThan(0)
  expect(ids(await yuzhong.get('/handovers', { mine: 'false' }))).toEqual(all)
  expect(ids(await yuzhong.get('/handovers', { mine: 'true' }))).toEqual([])
  expect(ids(await clerk.get('/handovers', { mine: 'true' }))).toContain(all[0])
  expect((await yuzhong.get('/handovers', { mine: 'maybe' })).status).toBe(400)
})
