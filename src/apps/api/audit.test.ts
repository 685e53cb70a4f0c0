/** What requests leave in the trail, who reads it, and that nothing is done which cannot be written down. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { unzipSync } from 'fflate'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLES, type Role } from '../../kernel/authority/roles.rules.ts'
import { anchorFolder } from '../../kernel/audit/anchor.ts'
import { exportProblem } from '../../kernel/audit/export.ts'
import { openKeys, Sealer } from '../../kernel/audit/seal.ts'
import { verify } from '../../kernel/audit/verify.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db, connection } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true })
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(() => owner.end())
const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
const yuzhong = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const filler = await api.as(await city.actorAt(city.school, 'filler'))
const auditor = await api.as(await city.actorAt(city.city, 'audit_administrator'))
const last = async (n = 1) => (await owner.query(`SELECT * FROM audit.entry ORDER BY id DESC LIMIT ${n}`)).rows
const count = async () => Number((await owner.query('SELECT count(*) AS n FROM audit.entry')).rows[0].n)
const seal = async () => new Sealer(db, await openKeys(db, api.dataDir)).all()

describe('a line says', () => {
  test('who, as what, where, in which session, from where; what, on what record; why', async () => {
    const { body } = await yuzhong.get(`/organizations/${city.school}`)
    expect((await yuzhong.post(`/organizations/${city.school}`, { version: body.version, patch: { people: 2001, contactPhone: '13812345678' } })).status).toBe(200)
    const [line] = await last()
    const actor = await city.actorAt(city.yuzhong, 'district_reviewer')
    expect(line).toMatchObject({
      kind: 'change', actor_id: actor.personId, actor_name: actor.name, post_id: actor.postId, role: 'district_reviewer', actor_organization_id: city.yuzhong, address: '127.0.0.1', operation: 'organization.update',
      entity: 'org.organization', record_id: city.school, action: 'update', changes: { people: [2000, 2001], contact_phone: [null, '13812345678'] }, result: 'done',
    })
    expect(line.session).toMatch(/^[0-9a-f]{16}$/)
    expect(yuzhong.token).not.toContain(line.session)
    const hashed = createHash('sha256').update(yuzhong.token).digest('hex')
    expect(hashed).not.toContain(line.session)
    // The undo of an import needs the number; whoever reads the trail does not.
    const seen = await auditor.get(`/audit/entries/${line.id}`)
    expect(seen.body.changes.find((c: any) => c.field === 'contact_phone').after).toBe('138****5678')
    expect(seen.body).toMatchObject({ personName: actor.name, entityLabel: '公共机构名录库', recordName: '渝中区示范中学', operationLabel: expect.any(String), organizationName: '渝中区机关事务管理服务中心' })
    expect(seen.body.changes.find((c: any) => c.field === 'people')).toMatchObject({ label: expect.stringContaining('人'), before: '2,000', after: '2,001' })
  })
  test('nothing readable of a phone or an identity number of a person', async () => {
    const person = await city.actorAt(city.hospital, 'filler')
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.person SET phone = '13912340000' WHERE id = ${person.personId}`))
    expect((await last())[0].changes).toEqual({ phone: [null, '139****0000'] })
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.person SET phone = NULL WHERE id = ${person.personId}`))
    expect((await last())[0].changes).toEqual({ phone: ['139****0000', null] })
    const { rows } = await owner.query(`SELECT audit.masked('{"id_number": ["500103199001011234", null], "name": ["a", "b"]}', '{"id_number": "identity"}') AS m`)
    expect(rows[0].m).toEqual({ id_number: ['5001************34', null], name: ['a', 'b'] })
  })
  test('what was done where no tracked table changed', async () => {
    const { facts } = (await filler.post('/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: city.school, version: null, values: { buildingArea: '30000', people: '2000', electricity: '90000', electricityCost: '63000', water: '300', waterCost: '1200' } })).body
    const head = await api.as(await city.actorAt(city.school, 'responsible'))
    expect((await head.post(`/filings/${facts.id}/submit`, { version: facts.version })).status).toBe(200)
    expect((await last())[0]).toMatchObject({ kind: 'act', operation: 'filing.submit', action: 'act', entity: 'reports.filing', record_id: facts.id, detail: { version: facts.version } })
    const life = (await auditor.get('/audit/records', { entity: 'reports.filing', recordId: facts.id })).body
    expect(life.recordName).toBe('渝中区示范中学 2026-01')
    expect(life.entries.map((e: any) => e.actionLabel)).toEqual(['登记', '办理'])
  })
  test('a repeated request is one act', async () => {
    const once = { 'idempotency-key': 'the-same' }
    const body = { form: 'energy.monthly', period: '2034-01', regionId: null, reason: '已上报' }
    expect((await town.post('/periods/lock', body, once)).status).toBe(200)
    const before = await count()
    expect((await town.post('/periods/lock', body, once)).status).toBe(200)
    expect(await count()).toBe(before)
  })
  test('who took data away', async () => {
    expect((await town.get('/organization-export', { format: 'csv' })).status).toBe(200)
    expect((await last())[0]).toMatchObject({ kind: 'act', operation: 'organization.export', action: 'export', result: 'done', detail: { format: 'csv', file: '公共机构名录.csv' } })
  })
})

describe('refusals', () => {
  test('what is not permitted, what is hidden, a session that is over, each in a line of its own', async () => {
    const before = await count()
    expect((await filler.post(`/organizations/${city.school}`, { version: 1, patch: { people: 7 } })).status).toBe(403)
    expect((await last())[0]).toMatchObject({ result: 'refused', code: 'forbidden', operation: 'organization.update', action: 'refuse', actor_id: (await city.actorAt(city.school, 'filler')).personId })
    expect((await yuzhong.get(`/organizations/${city.bureau}`)).status).toBe(404)
    expect((await last())[0]).toMatchObject({ result: 'refused', code: 'not_found', entity: 'org.organization', record_id: city.bureau })
    expect((await api.app.inject({ url: '/api/organizations', headers: { cookie: 'gongxie=over-and-gone' } })).statusCode).toBe(401)
    expect((await last())[0]).toMatchObject({ result: 'refused', code: 'unauthenticated', actor_id: null, actor_name: '未登录' })
    expect((await api.nobody.get('/organizations')).status).toBe(401)
    expect(await count()).toBe(before + 3)
  })
  test('a field left empty is no refusal', async () => {
    const before = await count()
    expect((await town.post('/periods/lock', {})).status).toBe(400)
    expect(await count()).toBe(before)
  })
  test('a flood is told in one line', async () => {
    const pest = await api.as(await city.actorAt(city.primary, 'filler'))
    const before = await count()
    for (let n = 0; n < 70; n++) await pest.get(`/organizations/${city.bureau}`)
    expect(await count()).toBeLessThanOrEqual(before + 60)
  })
})

describe('sign-in', () => {
  test('success and failure are told of the person, and nothing of what was typed', async () => {
    const actor = await city.actorAt(city.wanzhou, 'district_reviewer')
    await api.account(actor, 'wanzhou', 'Correct-horse-7')
    const enter = (login: string, password: string) => api.nobody.post('/session/sign-in', { login, password })
    expect((await enter('wanzhou', 'canary-wrong-1')).status).toBe(401)
    expect((await last())[0]).toMatchObject({ operation: 'session.sign-in', action: 'sign-in', result: 'refused', code: 'unauthenticated', actor_id: actor.personId, detail: null })
    expect((await enter('canary-login-typed-as-password', 'x')).status).toBe(401)
    expect((await last())[0]).toMatchObject({ actor_id: null, actor_name: '未知账号', detail: null })
    expect((await enter('wanzhou', 'Correct-horse-7')).status).toBe(200)
    const [line] = await last()
    expect(line).toMatchObject({ operation: 'session.sign-in', action: 'sign-in', result: 'done', actor_id: actor.personId, post_id: actor.postId })
    expect(line.session).toMatch(/^[0-9a-f]{16}$/)
  })
  test('a hat, a password and a leaving', async () => {
    const actor = await city.actorAt(city.bureau, 'filler')
    await api.account(actor, 'bureau', 'Correct-horse-7')
    const me = await api.as(actor)
    expect((await me.post('/session/hat', { postId: actor.postId })).status).toBe(200)
    expect((await last())[0]).toMatchObject({ action: 'hat', detail: { postId: actor.postId } })
    expect((await me.post('/session/sign-out')).status).toBe(200)
    expect((await last())[0]).toMatchObject({ action: 'sign-out', actor_id: actor.personId })
  })
})

describe('what cannot be written down is not done', () => {
  const readOnly = async (run: () => Promise<void>) => {
    await owner.query('REVOKE INSERT ON audit.entry FROM gongxie_app, gongxie_system')
    try {
      await run()
    } finally {
      await owner.query('GRANT INSERT ON audit.entry TO gongxie_app, gongxie_system')
    }
  }
  test('changes, acts and exports are refused, and nothing has changed', async () => {
    const state = () => owner.query(`SELECT (SELECT jsonb_agg(to_jsonb(o) ORDER BY id) FROM org.organization o) AS o, (SELECT jsonb_agg(to_jsonb(f) ORDER BY id) FROM reports.filing f) AS f, (SELECT count(*) FROM audit.entry) AS n`).then((r) => r.rows[0])
    const { body } = await yuzhong.get(`/organizations/${city.hospital}`)
    const { facts } = (await filler.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: city.school })).body
    const before = await state()
    await readOnly(async () => {
      for (const answer of [
        await yuzhong.post(`/organizations/${city.hospital}`, { version: body.version, patch: { people: 801 } }),
        await yuzhong.post('/organizations', { values: { name: '不该有的', category: '021', regionId: city.regions.yuzhong } }),
        await yuzhong.post(`/reviews/${facts.id}/remark`, { item: 'water', text: '请核对' }),
        await yuzhong.post('/reviews/return', { filings: [{ id: facts.id, version: facts.version }], remarks: '请核对' }),
        await town.get('/organization-export', { format: 'csv' }),
      ]) expect([answer.status, answer.body.code]).toEqual([503, 'unavailable'])
      // Reading goes on, and a refusal stays one.
      expect((await yuzhong.get(`/organizations/${city.hospital}`)).status).toBe(200)
      expect((await filler.post(`/organizations/${city.school}`, { version: 1, patch: { people: 7 } })).status).toBe(403)
    })
    expect(await state()).toEqual(before)
  })
  test('and when it is whole again, a form sent back tells its matter, its rule and the remarks as reason', async () => {
    const { facts } = (await filler.get('/filings/open', { form: 'energy.monthly', period: '2026-01', organizationId: city.school })).body
    expect((await yuzhong.post('/reviews/return', { filings: [{ id: facts.id, version: facts.version }], remarks: '请核对水量' })).body.returned).toBe(1)
    const { rows } = await owner.query(`SELECT reason, matter, clause FROM audit.entry WHERE operation = 'review.return' AND result = 'done'`)
    expect(rows).toEqual([{ reason: '请核对水量', matter: expect.stringMatching(/月度台账（2025 版） 2026-01$/), clause: expect.stringContaining('能源资源消费统计调查制度') }])
  })
})

describe('the auditor', () => {
  test('reads the trail; nobody else does; and the auditor reads nothing else', async () => {
    for (const role of Object.keys(ROLES) as Role[]) {
      const who = await api.as(await city.actorAt(city.city, role))
      expect([role, (await who.get('/audit/entries')).status]).toEqual([role, role === 'audit_administrator' ? 200 : 403])
    }
    for (const url of ['/organizations', '/people', `/organizations/${city.school}`]) expect([url, (await auditor.get(url)).status]).toEqual([url, 403])
    const asAuditor = await city.actorAt(city.city, 'audit_administrator')
    const seen = await db.asActor(asAuditor, { operation: 'test' }, (trx) => trx.one<any>(sql`SELECT (SELECT count(*) FROM org.organization) AS o, (SELECT count(*) FROM reports.filing) AS f, (SELECT count(*) FROM audit.entry WHERE kind = 'act') AS a`))
    expect([seen.o, seen.f]).toEqual([0, 0])
    expect(seen.a).toBeGreaterThan(5)
    const reviewer = await city.actorAt(city.city, 'city_reviewer')
    expect(await db.asActor(reviewer, { operation: 'test' }, (trx) => trx.one<any>(sql`SELECT count(*) FILTER (WHERE kind = 'act') AS acts, count(*) > 0 AS some FROM audit.entry`))).toEqual({ acts: 0, some: true })
  })
  test('finds by person, operation, record, place, result and words, page after page', async () => {
    await town.post('/periods/lock', { form: 'energy.monthly', period: '2033-05', regionId: null, reason: '市统计局已汇总上报' })
    await seal()
    const find = async (q: object) => (await auditor.get('/audit/entries', q as Record<string, unknown>)).body
    const reviewer = await city.actorAt(city.city, 'city_reviewer')
    expect((await find({ personId: reviewer.personId })).rows.every((r: any) => r.personId === reviewer.personId)).toBe(true)
    expect((await find({ words: '汇总' })).rows).toMatchObject([{ reason: '市统计局已汇总上报', entityLabel: '报表锁定', seq: expect.any(Number) }])
    expect(await find({ words: '没有这样的字' })).toMatchObject({ rows: [], total: 0, totalKind: 'exact' })
    expect((await find({ result: 'refused', operation: 'organization.update' })).rows[0]).toMatchObject({ codeLabel: '没有权限' })
    expect((await find({ entity: 'org.organization', recordId: city.school })).rows.every((r: any) => r.recordId === city.school)).toBe(true)
    expect((await find({ organizationId: city.yuzhong, action: 'update' })).rows.map((r: any) => r.recordId)).toContain(city.school)
    expect((await find({ organizationId: city.wanzhou, entity: 'org.organization', action: 'update' })).rows).toEqual([])
    expect((await find({ from: '2030-01-01T00:00:00Z' })).rows).toEqual([])
    const all = (await find({ limit: 200 })).rows.map((r: any) => r.id)
    const paged: number[] = []
    for (let cursor: string | undefined; ;) {
      const { rows, next, total } = await find({ limit: 17, ...(cursor ? { cursor } : {}) })
      paged.push(...rows.map((r: any) => r.id))
      expect(total).toBeGreaterThan(30)
      if (!next || paged.length >= all.length) break
      cursor = next
    }
    expect(paged.slice(0, all.length)).toEqual(all)
    expect((await auditor.get('/audit/entries', { cursor: 'x' })).status).toBe(400)
  })
  test("a person's day", async () => {
    const reviewer = await city.actorAt(city.city, 'city_reviewer')
    const { body } = await auditor.get(`/audit/people/${reviewer.personId}/day`)
    expect(body).toMatchObject({ personName: reviewer.name, before: null, after: null, addresses: ['127.0.0.1'] })
    expect(body.entries.length).toBeGreaterThan(3)
    expect((await auditor.get('/audit/people/999999/day')).status).toBe(404)
    expect((await auditor.get('/audit/find', { what: 'person', q: reviewer.name })).body.found).toMatchObject([{ id: reviewer.personId }])
    expect((await auditor.get('/audit/find', { what: 'organization', q: '示范中学' })).body.found).toMatchObject([{ id: city.school }])
  })
  test('has the chain verified by a job, and its state on one page', async () => {
    await seal()
    const { id } = (await auditor.post('/audit/verify', { from: 1, to: 20 })).body
    await expect.poll(async () => (await auditor.get('/audit/chain')).body.verifications.find((v: any) => v.id === id)?.state, { timeout: 15_000, interval: 200 }).toBe('intact')
    const { body } = await auditor.get('/audit/chain')
    expect(body).toMatchObject({ head: { seq: expect.any(Number), key: 1 }, verifications: [expect.objectContaining({ id, checked: 20, fromSeq: 1, toSeq: 20, firstBad: null })] })
    expect((await auditor.post('/audit/verify', { from: 5, to: 2 })).status).toBe(400)
    expect((await town.post('/audit/verify', {})).status).toBe(403)
  })
  test('takes a table away with a signature that holds, and no longer when a byte was changed', async () => {
    await seal()
    const answer = await auditor.get('/audit/export', { format: 'csv', action: 'update' })
    expect(answer.status).toBe(200)
    const files = unzipSync(answer.bytes)
    const name = Object.keys(files).find((n) => n.endsWith('.csv'))!
    const ring = await openKeys(db, api.dataDir)
    const [table, signature] = [Buffer.from(files[name]!), Buffer.from(files[`${name}.sig`]!).toString('utf8')]
    expect(table.toString('utf8')).toContain('渝中区示范中学')
    expect(exportProblem(ring, table, signature)).toBeNull()
    expect(exportProblem(ring, Buffer.from(table.toString('utf8').replace('渝中区示范中学', '万州区示范中学')), signature)).toMatch(/was changed/)
    expect(exportProblem(ring, table, signature.replace('"entries": ', '"entries": 9'))).toMatch(/does not hold/)
    expect((await last())[0]).toMatchObject({ operation: 'audit.export', action: 'export' })
  })
})

test('after all of this the chain holds', async () => {
  await seal()
  const verdict = await verify(db, await openKeys(db, api.dataDir), { anchors: anchorFolder(api.dataDir), patience: 0 })
  expect(verdict.findings).toEqual([])
  expect(fs.statSync(path.join(api.dataDir, 'secrets', 'audit-key')).mode & 0o077).toBe(0)
})
