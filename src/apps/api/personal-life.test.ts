/** The life of personal data (C51, PIPL 45 to 47): its owner may have it, have it corrected, and have it taken away. */
import { unzipSync } from 'fflate'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { testApi, visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
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
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const elsewhere = await api.as(await city.actorAt(city.wanzhou, 'district_reviewer'))
const clerk = await api.as(await city.actorAt(city.school, 'filler'))
const sysadmin = await api.as(await city.actorAt(city.city, 'system_administrator'))
const reason = '本人书面申请'
const PASSWORD = 'Lantern-river-7-copper'

let n = 0
/** Somebody at the school, with a telephone, an account that signs in, a view and a link to an account elsewhere. */
async function somebody() {
  const login = `jin.si.que.${++n}`
  const phone = `1398765${String(1000 + n)}`
  const [person] = await system<{ id: number }>(sql`INSERT INTO auth.person (name, phone, org_path) SELECT ${`金丝雀${n}`}, ${phone}, org_path FROM org.organization WHERE id = ${city.school} RETURNING id`)
  const post = await city.postFor(person!.id, city.school, 'filler')
  const account = await api.account({ personId: person!.id } as never, login, PASSWORD)
  await system(sql`INSERT INTO auth.identity (account_id, issuer, subject) VALUES (${account}, 'https://sso.example', ${`canary-subject-${n}`})`)
  const [batch] = await system<{ id: number }>(sql`INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, headings, org_path, by_name, state, counts) VALUES ('people', 'a.csv', 'x', 1, '{"columns":{}}', '["姓名","电话"]', '1.', '某人', 'applied', '{}') RETURNING id`)
  await system(sql`INSERT INTO imports.line (batch_id, line, org_path, raw, mapped, outcome, findings, record_id) VALUES (${batch!.id}, 2, '1.', ${JSON.stringify([login, phone])}::jsonb, ${JSON.stringify({ phone, login })}::jsonb, 'create', ${JSON.stringify([{ message: `登录名“${login}”` }])}::jsonb, ${person!.id})`)
  const enter = () => api.nobody.post('/session/sign-in', { login, password: PASSWORD })
  const entered = await enter()
  const me = visitor(api.app, /gongxie=([^;]+)/.exec(String(entered.headers['set-cookie']))![1]!)
  expect((await me.post('/views', { page: '/organizations', name: `${login} 的视图`, query: {} })).status).toBe(200)
  const row = async () => (await system<{ id: number; version: number; name: string; phone: string | null }>(sql`SELECT id, version, name, phone FROM auth.person WHERE id = ${person!.id}`))[0]!
  const end = async () => {
    await system(sql`UPDATE auth.post SET valid_from = '2020-01-01', valid_to = app.today() - 1 WHERE id = ${post}`)
    await db.asSystem('test', (trx) => seal(trx, 'post', [post]))
  }
  return { id: person!.id, login, phone, subject: `canary-subject-${n}`, me, row, enter, end }
}
/** Tables in which a text stands, of all that there are. */
async function holding(text: string): Promise<string[]> {
  const { rows } = await owner.query<{ t: string }>(`SELECT format('%I.%I', schemaname, tablename) AS t FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`)
  const found: string[] = []
  for (const { t } of rows) if ((await owner.query(`SELECT 1 FROM ${t} x WHERE x::text LIKE '%' || $1 || '%' LIMIT 1`, [text])).rows.length) found.push(t)
  return found
}

describe('to have', () => {
  test('one reads on one sheet what is kept about oneself, and who looked at one’s number', async () => {
    const who = await somebody()
    expect((await sysadmin.post('/reveal', { entity: 'auth.person', id: who.id, field: 'phone', reason: '联系本人核实' })).status).toBe(200)
    const answer = await who.me.get('/account/personal-data')
    expect(answer.status).toBe(200)
    const text = Object.values(unzipSync(answer.bytes)).map((b) => Buffer.from(b).toString('utf8')).join('\n')
    for (const kept of [who.phone, who.login, who.subject, '渝中区示范中学 · 填报人', '联系本人核实', `${who.login} 的视图`, '登录与账号变动', '127.0.0.1']) expect(text).toContain(kept)
    const other = await somebody()
    expect(text).not.toContain(other.phone)
    expect((await owner.query(`SELECT operation, action FROM audit.entry ORDER BY id DESC LIMIT 50`)).rows).toContainEqual({ operation: 'account.personal-data', action: 'export' })
  })
  test('with a fresh proof of who asks, and nobody without a session', async () => {
    const stale = await api.as(await city.actorAt(city.primary, 'filler'), { stale: true })
    expect((await stale.get('/account/personal-data')).body.code).toBe('reauth_required')
    expect((await api.nobody.get('/account/personal-data')).status).toBe(401)
  })
})

describe('to correct', () => {
  test('name and number, by whoever keeps people there; what is left out stays; the history says what and why', async () => {
    const who = await somebody()
    const before = await who.row()
    const answer = await district.post(`/people/${who.id}/correct`, { version: before.version, phone: '13911112222', reason })
    expect([answer.status, answer.body.phone, answer.body.name]).toEqual([200, '139****2222', before.name])
    expect((await district.post(`/people/${who.id}/correct`, { version: before.version, name: '别名', reason })).body.code).toBe('version_conflict')
    expect((await district.post(`/people/${who.id}/correct`, { version: answer.body.version, name: '金丝雀甲', phone: null, reason })).status).toBe(200)
    expect(await who.row()).toMatchObject({ name: '金丝雀甲', phone: null })
    expect((await owner.query(`SELECT changes, reason FROM audit.change WHERE entity = 'auth.person' AND record_id = ${who.id} AND action = 'update' ORDER BY id DESC LIMIT 1`)).rows[0])
      .toEqual({ changes: { name: [before.name, '金丝雀甲'], phone: ['139****2222', null] }, reason })
  })
  test('a number shown in part is not written back, and nothing is no correction', async () => {
    const who = await somebody()
    const { version } = await who.row()
    expect((await district.post(`/people/${who.id}/correct`, { version, phone: '139****2222', reason })).body.fields[0].path).toBe('phone')
    expect((await district.post(`/people/${who.id}/correct`, { version, reason })).status).toBe(422)
  })
  test('not elsewhere, not by a clerk, not of somebody higher', async () => {
    const who = await somebody()
    const { version } = await who.row()
    expect((await elsewhere.post(`/people/${who.id}/correct`, { version, name: '别名', reason })).status).toBe(404)
    expect((await clerk.post(`/people/${who.id}/correct`, { version, name: '别名', reason })).status).toBe(403)
    await city.postFor(who.id, city.city, 'city_reviewer')
    expect((await district.post(`/people/${who.id}/correct`, { version, name: '别名', reason })).status).not.toBe(200)
    expect((await who.row()).name).not.toBe('别名')
  })
})

describe('to take away', () => {
  test('who still holds a post keeps everything', async () => {
    const who = await somebody()
    expect((await district.post(`/people/${who.id}/erase`, { reason })).status).toBe(422)
    const actor = await city.actorAt(city.yuzhong, 'district_reviewer')
    await expect(db.asActor(actor, { operation: 'test' }, (trx) => trx.run(sql`SELECT auth.erase_person(${who.id})`))).rejects.toMatchObject({ code: '42501' })
    expect((await who.row()).phone).toBe(who.phone)
    expect((await who.enter()).status).toBe(200)
  })
  test('who holds nothing any more is nowhere to be found but in what laws want kept; what they did is still theirs', async () => {
    const who = await somebody()
    const bystander = await somebody()
    await who.end()
    for (const text of [who.phone, who.login, who.subject]) expect((await holding(text)).length, text).toBeGreaterThan(0)
    expect((await elsewhere.post(`/people/${who.id}/erase`, { reason })).status).toBe(404)
    expect((await clerk.post(`/people/${who.id}/erase`, { reason })).status).toBe(403)
    const answer = await district.post(`/people/${who.id}/erase`, { reason })
    expect([answer.status, answer.body.name, answer.body.phone, answer.body.login]).toEqual([200, `已删除人员（编号 ${who.id}）`, null, null])
    for (const text of [who.phone, who.login, who.subject]) expect(await holding(text), text).toEqual([])
    expect((await who.enter()).status).toBe(401)
    expect((await who.me.get('/session')).status).toBe(401)
    // The trail is whole, and says who asked for it and why; the posts say what was whose right.
    expect((await owner.query(`SELECT reason FROM audit.change WHERE entity = 'auth.person' AND record_id = ${who.id} ORDER BY id DESC LIMIT 1`)).rows).toEqual([{ reason }])
    expect(await system(sql`SELECT role FROM auth.post WHERE person_id = ${who.id}`)).toEqual([{ role: 'filler' }])
    expect((await district.post(`/people/${who.id}/erase`, { reason })).status).toBe(422)
    expect((await bystander.row()).phone).toBe(bystander.phone)
    expect((await holding(bystander.phone)).sort()).toEqual(['auth.person', 'imports.line'])
  })
  test('who is given a post at the very moment keeps everything', async () => {
    const who = await somebody()
    await who.end()
    await owner.query('BEGIN')
    await owner.query(`INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) SELECT ${who.id}, id, 'filler', '2020-01-01', org_path FROM org.organization WHERE id = ${city.primary}`)
    const erasing = district.post(`/people/${who.id}/erase`, { reason })
    await expect.poll(async () => (await db.asSystem('test', (trx) => trx.rows(sql`SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()`))).length, { timeout: 5_000 }).toBeGreaterThan(0)
    await owner.query('COMMIT')
    expect((await erasing).status).toBe(403)
    expect((await who.row()).phone).toBe(who.phone)
  })
  test('not of oneself', async () => {
    const actor = await city.actorAt(city.yuzhong, 'district_reviewer')
    expect((await district.post(`/people/${actor.personId}/erase`, { reason })).status).toBe(422)
  })
})
