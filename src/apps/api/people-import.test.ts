/** People by file: accounts and proposals, never a right; the same file again changes nothing; taken back while nothing was decided. */
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true })
const at = async (place: number, role: Parameters<typeof city.actorAt>[1]) => api.as(await city.actorAt(place, role))
const sysadmin = await at(city.city, 'system_administrator')
const secadmin = await at(city.city, 'security_administrator')
const yuzhong = await at(city.yuzhong, 'district_reviewer')
const wanzhou = await at(city.wanzhou, 'district_reviewer')
const mapping = { columns: { name: '姓名', login: '登录名', phone: '手机', organization: '单位', role: '岗位', from: '任职日期' } }
const HEAD = '姓名,登录名,手机,单位,岗位,任职日期\n'
const system = <T = any>(q: ReturnType<typeof sql<T>>) => db.asSystem('test', (trx) => trx.rows<T>(q))
const settled = (who: Visitor, id: number, ...states: string[]) => vi.waitFor(async () => {
  const { body } = await who.get(`/imports/${id}`)
  if (!states.includes(body.state)) throw new Error(`${body.state} ${JSON.stringify(body.problem)}`)
  return body
}, { timeout: 30_000, interval: 100 })
async function checked(who: Visitor, lines: string) {
  const started = await who.upload('/imports/check', { name: '人员.csv', bytes: HEAD + lines }, { target: 'people', mapping })
  expect(started.status, started.text).toBe(200)
  return settled(who, started.body.id, 'checked', 'failed')
}
async function written(who: Visitor, lines: string) {
  const batch = await checked(who, lines)
  expect((await who.post(`/imports/${batch.id}/apply`, { accept: 'valid' })).status).toBe(200)
  return settled(who, batch.id, 'applied', 'checked')
}
const outcomes = async (who: Visitor, id: number) => (await who.get(`/imports/${id}/lines`)).body.lines.map((l: any) => [l.outcome, (l.findings ?? []).filter((f: any) => f.severity === 'error').map((f: any) => f.code).join()])

describe('a list of people', () => {
  test('every line is judged by itself', async () => {
    const taken = (await system<{ login: string }>(sql`INSERT INTO auth.account (person_id, login) SELECT ${(await city.actorAt(city.bureau, 'filler')).personId}, 'taken.elsewhere' RETURNING login`))[0]!.login
    const batch = await checked(yuzhong, [
      '甲一,jia.yi,13800000001,渝中区示范中学,填报人,2026-01-01', '甲一,jia.yi,13800000001,渝中区示范小学,单位负责人,', '乙二,AB,,渝中区示范中学,填报人,', '丙三,bing.san,,万州区示范局,填报人,',
      '丁四,ding.si,,渝中区示范中学,市级审核人,', `戊五,${taken},,渝中区示范中学,填报人,`, '甲二,jia.yi,,渝中区示范中学,单位负责人,', '己六,ji.liu,,渝中区示范中学,区县（主管部门）审核人,', '庚七,geng.qi,,渝中区示范中学,厨师,', ',xin.ba,,渝中区示范中学,填报人,',
      '甲一,jia.yi,13800000001,渝中区示范中学,填报人,2026-01-01',
    ].join('\n'))
    expect(await outcomes(yuzhong, batch.id)).toEqual([
      ['create', ''], ['create', ''], ['error', 'bad_login'], ['error', 'unknown_organization'], ['error', 'role_above,wrong_place'], ['error', 'taken'], ['error', 'conflicting_line'], ['error', 'wrong_place'], ['error', 'unknown_choice'], ['error', 'required'], ['duplicate', ''],
    ])
    expect((await yuzhong.get(`/imports/${batch.id}/lines`)).body.lines[0].raw[2]).toBe('138****0001')
    expect((await system(sql`SELECT 1 FROM auth.account WHERE login = 'jia.yi'`))).toEqual([])
  })
  test('makes people and proposals, and no right; many are approved at once; codes come after', async () => {
    const before = (await system<{ n: number }>(sql`SELECT count(*) AS n FROM auth.post`))[0]!.n
    const batch = await written(sysadmin, '辛九,xin.jiu,13800000009,渝中区示范医院,填报人,\n辛九,xin.jiu,,渝中区示范中学,填报人,\n壬十,ren.shi,,渝中区机关事务管理服务中心,区县（主管部门）审核人,\n')
    expect(batch.counts).toMatchObject({ create: 3, error: 0 })
    expect((await system<{ n: number }>(sql`SELECT count(*) AS n FROM auth.post`))[0]!.n).toBe(before)
    const accounts = await system<any>(sql`SELECT login, password_hash AS hash FROM auth.account WHERE login IN ('xin.jiu', 'ren.shi') ORDER BY login`)
    expect(accounts).toEqual([{ login: 'ren.shi', hash: null }, { login: 'xin.jiu', hash: null }])
    const mine = (await secadmin.get('/proposals')).body.proposals.filter((p: any) => p.batchId === batch.id)
    expect(mine.map((p: any) => p.summary).sort()).toEqual(['任命 壬十任渝中区机关事务管理服务中心区县（主管部门）审核人', '任命 辛九任渝中区示范中学填报人', '任命 辛九任渝中区示范医院填报人'])
    expect((await secadmin.post('/proposals/approve-many', { chosen: mine.map((p: any) => ({ id: p.id, version: p.version })), expected: 3 })).body).toEqual({ approved: 3 })
    expect((await system<{ n: number }>(sql`SELECT count(*) AS n FROM auth.post WHERE proposal_id IS NOT NULL AND mac IS NOT NULL`))[0]!.n).toBe(3)
    const again = await checked(sysadmin, '辛九,xin.jiu,13800000009,渝中区示范医院,填报人,\n')
    expect(again.counts).toMatchObject({ unchanged: 1, create: 0, update: 0 })
    const { codes } = (await yuzhong.post('/people/first-codes', { organizationId: city.yuzhong, reason: '首次发放' })).body
    expect(codes.map((c: any) => c.login)).toContain('xin.jiu')
    expect((await sysadmin.post(`/imports/${batch.id}/undo`, { reason: '传错' })).body.message).toMatch(/已有 3 件授权申请获批/)
  })
  test('also what an office could appoint by itself waits when a file brings it', async () => {
    const batch = await written(yuzhong, '癸一,gui.yi,,渝中区示范中学,填报人,\n')
    const [p] = (await yuzhong.get('/proposals', { view: 'mine' })).body.proposals.filter((x: any) => x.batchId === batch.id)
    expect([p.state, p.can]).toEqual(['proposed', ['withdraw']])
    const again = await checked(yuzhong, '癸一,gui.yi,,渝中区示范中学,填报人,\n')
    expect(again.counts).toMatchObject({ unchanged: 1 })
    expect((await yuzhong.post(`/imports/${batch.id}/undo`, { reason: '传错' })).body.state).toBe('undone')
    expect(await system(sql`SELECT 1 FROM auth.account WHERE login = 'gui.yi'`)).toEqual([])
    expect((await system<any>(sql`SELECT count(*) AS n FROM auth.proposal WHERE batch_id = ${batch.id} AND state = 'proposed'`))[0].n).toBe(0)
  })
  test('is seen by who keeps people and nobody else; figures are not seen by who keeps people alone', async () => {
    const batch = await checked(yuzhong, '子二,zi.er,,渝中区示范中学,填报人,\n')
    for (const [who, status] of [[yuzhong, 200], [sysadmin, 200], [wanzhou, 404], [await at(city.school, 'filler'), 404]] as const) expect((await who.get(`/imports/${batch.id}`)).status).toBe(status)
    expect((await (await at(city.school, 'filler')).upload('/imports/check', { name: 'a.csv', bytes: HEAD }, { target: 'people', mapping })).status).toBe(403)
    const [figures] = await system<{ id: number }>(sql`INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, org_path, by_name, state, counts) VALUES ('energy', 'a.csv', 'x', 1, '{"columns":{}}', '1.', '某人', 'checked', '{}') RETURNING id`)
    expect((await sysadmin.get(`/imports/${figures!.id}`)).status).toBe(404)
    expect((await sysadmin.get('/imports/targets')).body.targets.map((t: any) => t.name)).toEqual(['people'])
    expect((await sysadmin.get('/import-templates/people')).status).toBe(200)
  })
})
