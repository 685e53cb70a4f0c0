/** An import as the browser does it: upload, wait for the check, look, write, take back; jobs included. */
import fs from 'node:fs'
import { sql } from 'kysely'
import { describe, expect, test, vi } from 'vitest'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { detectHeader } from '../../kernel/documents/header.rules.ts'
import { checkBatch, createBatch } from '../../kernel/imports/batch.ts'
import { importTarget, withinActor } from '../../kernel/imports/import.procedures.ts'
import { testApi, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { sourceFile } from '../../kernel/test/import-files.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true })
const reviewer = await city.actorAt(city.yuzhong, 'district_reviewer')
const district = await api.as(reviewer)
const filler = await api.as(await city.actorAt(city.school, 'filler'))
const mapping = { columns: { name: '机构名称', category: '机构类型', regionId: '区划', people: '用能人数' } }
const FILE = '机构名称,机构类型,区划,用能人数\n流程甲,01,渝中区,5\n流程乙,企业,渝中区,6\n流程丙,01,渝中区,很多\n流程丁,01,渝中区,7\n'
const system = <T = any>(q: any) => db.asSystem('test', (trx) => trx.rows<T>(q))
const named = async (name: string) => (await system(sql`SELECT count(*) AS n FROM org.organization WHERE name = ${name}`))[0].n

const settled = (who: Visitor, id: number, ...states: string[]) =>
  vi.waitFor(async () => {
    const { body } = await who.get(`/imports/${id}`)
    if (!states.includes(body.state)) throw new Error(`${body.state} ${JSON.stringify(body.problem)}`)
    return body
  }, { timeout: 30_000, interval: 100 })
async function checked(bytes: string | Uint8Array, name = '名录.csv', given: object = mapping) {
  const started = await district.upload('/imports/check', { name, bytes }, { target: 'institutions', mapping: given })
  expect(started.body).toMatchObject({ state: 'checking', fileName: name })
  return settled(district, started.body.id, 'checked', 'failed')
}

describe('from upload to undo', () => {
  test.each(['institutions', 'people', 'energy'])('every heading that our own template of %s writes is recognised', (target) => {
    const fields = importTarget(target).fields({})
    const cells = fields.map((f) => ({ kind: 'text', text: f.unit ? `${f.label}（${f.unit}）` : f.label }))
    const { headings } = detectHeader([{ line: 1, cells } as never], fields.map((f) => ({ key: f.name, names: [f.label, f.name, ...(f.synonyms ?? [])] })))!
    expect(headings.map((h) => h.key)).toEqual(fields.map((f) => f.name))
  })
  test('headings are recognised, every line is answered, faulty ones come back as a file that can be corrected', async () => {
    const seen = await district.upload('/imports/inspect', { name: '名录.csv', bytes: `${'渝中区名录,,,\n'}${FILE}` }, { target: 'institutions' })
    expect(seen.body).toMatchObject({ headerRow: 2, suggestion: { columns: mapping.columns } })
    const batch = await checked(FILE)
    expect(batch).toMatchObject({ state: 'checked', counts: { lines: 4, create: 2, error: 2 }, progress: '100.00' })
    const { headings, lines } = (await district.get(`/imports/${batch.id}/lines`)).body
    expect([headings, lines.map((l: any) => l.outcome)]).toEqual([['机构名称', '机构类型', '区划', '用能人数'], ['create', 'error', 'error', 'create']])
    expect((await district.get(`/imports/${batch.id}/lines`, { outcome: 'error', limit: '1' })).body).toMatchObject({ lines: [{ line: 3 }], next: 3 })
    expect((await district.post(`/imports/${batch.id}/apply`, { accept: 'all' })).status).toBe(422)
    expect(await named('流程甲')).toBe(0)
    expect((await district.post(`/imports/${batch.id}/apply`, { accept: 'valid', reason: '普查' })).status).toBe(200)
    await settled(district, batch.id, 'applied')
    expect(await named('流程甲')).toBe(1)
    expect((await system(sql`SELECT DISTINCT actor_name, reason, batch_id, operation FROM audit.change WHERE batch_id = ${batch.id}`))).toEqual([{ actor_name: reviewer.name, reason: '普查', batch_id: batch.id, operation: 'import.apply' }])

    const file = await district.get(`/imports/${batch.id}/errors`)
    expect(file.status).toBe(200)
    // Sent back as it is: the same two lines, the same two faults, and nothing of what was already taken.
    const again = await checked(file.bytes, '待改正.xlsx')
    expect(again.counts).toMatchObject({ lines: 2, error: 2 })
    const raw = (await district.get(`/imports/${again.id}/lines`)).body.lines
    expect(raw.map((l: any) => l.raw[0])).toEqual(['流程乙', '流程丙'])

    expect((await district.post(`/imports/${batch.id}/undo`, { reason: '传错' })).body.state).toBe('undone')
    expect(await named('流程甲')).toBe(0)
    expect(fs.readdirSync(`${api.dataDir}/imports`)).toEqual([])
    expect(fs.readdirSync(`${api.dataDir}/uploads`)).toEqual([])
  })
  test('twice the button is once the effect', async () => {
    const batch = await checked('机构名称,机构类型,区划,用能人数\n一次,01,渝中区,1\n')
    const answers = await Promise.all([1, 2, 3].map(() => district.post(`/imports/${batch.id}/apply`, { accept: 'all' })))
    expect(answers.map((a) => a.status).sort()).toEqual([200, 422, 422])
    await settled(district, batch.id, 'applied')
    expect(await named('一次')).toBe(1)
    expect((await district.post(`/imports/${batch.id}/apply`, { accept: 'all' })).status).toBe(422)
  })
  test('given up it is not written', async () => {
    const batch = await checked('机构名称,机构类型,区划,用能人数\n不要了,01,渝中区,1\n')
    expect((await district.post(`/imports/${batch.id}/cancel`)).body.state).toBe('cancelled')
    expect((await district.post(`/imports/${batch.id}/apply`, { accept: 'all' })).status).toBe(422)
    expect(await named('不要了')).toBe(0)
  })
  test('goes on under the hat that began it, not under another one of the same person', async () => {
    const person = await city.actorAt(city.education, 'district_reviewer')
    const grant = (await db.asSystem('test', async (trx) => {
      const made = (await trx.one<{ id: number }>(sql`INSERT INTO auth.entitlement (post_id, organization_id, org_path, role, valid_to, reason) SELECT ${person.postId}, id, org_path, 'district_reviewer', '2099-01-01', '支援' FROM org.organization WHERE id = ${city.wanzhou} RETURNING id`))!
      await seal(trx, 'entitlement', [made.id])
      return made
    }))
    const who = await api.as(person)
    expect((await who.post('/session/hat', { postId: person.postId, entitlementId: grant.id })).body.hat.organizationId).toBe(city.wanzhou)
    const file = '机构名称,机构类型,区划,用能人数\n支援的,01,万州区,5\n自己的,01,渝中区,5\n'
    const started = await who.upload('/imports/check', { name: '名录.csv', bytes: file }, { target: 'institutions', mapping })
    const batch = await settled(who, started.body.id, 'checked', 'failed')
    // Its own district lies outside of the hat.
    expect(batch, JSON.stringify(batch.problem)).toMatchObject({ state: 'checked', counts: { create: 1, error: 1 } })
    await who.post(`/imports/${batch.id}/apply`, { accept: 'valid' })
    await settled(who, batch.id, 'applied')
    expect([await named('支援的'), await named('自己的')]).toEqual([1, 0])
  })
  test('what could not be written says why, and can be tried again', async () => {
    const batch = await checked(`机构名称,机构类型,区划,用能人数,码\n撞码,01,渝中区,1,X-1\n`, 'a.csv', { columns: { ...mapping.columns, code: '码' } })
    await system(sql`INSERT INTO org.organization (kind, name, code, superior_id, region_id) VALUES ('institution', '先到的', 'X-1', ${city.wanzhou}, ${city.regions.wanzhou})`)
    await district.post(`/imports/${batch.id}/apply`, { accept: 'all' })
    const after = await vi.waitFor(async () => {
      const { body } = await district.get(`/imports/${batch.id}`)
      if (!body.problem) throw new Error('not yet')
      return body
    }, { timeout: 30_000, interval: 100 })
    expect(after).toMatchObject({ state: 'checked', problem: { message: expect.stringContaining('第 2 行') } })
    await system(sql`DELETE FROM org.organization WHERE code = 'X-1'`)
    await district.post(`/imports/${batch.id}/apply`, { accept: 'all' })
    expect((await settled(district, batch.id, 'applied')).problem).toBeNull()
  })
})

test.each([
  ['an empty file', 'a.csv', ''], ['only a heading', 'a.csv', '机构名称,机构类型,区划,用能人数\n'], ['no workbook', 'a.xlsx', 'PK nonsense'], ['a picture', 'a.png', Buffer.from('89504e470d0a1a0a0000', 'hex')], ['other headings', 'a.csv', 'a,b\n1,2\n'],
])('%s ends with a sentence, and nothing stays', async (_what, name, bytes) => {
  const batch = await checked(bytes, name)
  if (batch.state === 'failed') expect(batch.problem.message).toMatch(/[\u4e00-\u9fff]{4}/)
  else expect(batch.counts).toMatchObject({ lines: 0, create: 0 })
  await vi.waitFor(() => expect(fs.readdirSync(`${api.dataDir}/imports`)).toEqual([]), { timeout: 10_000 })
})
test('a post that was lost before the check began fails the import, and does not hang', async () => {
  const clerk = await city.actorAt(city.wanzhou, 'district_reviewer')
  const { id } = (await system(sql`INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, org_path, by_name) VALUES ('institutions', 'a', 'x', 1, '{}', ${clerk.orgPath}, '某') RETURNING id`))[0]
  await db.asSystem('test', (trx) => api.jobs.send(trx, 'import-check', { batchId: id, personId: clerk.personId, postId: 999_999, target: 'institutions', file: { name: 'a', size: 1, hash: 'x' }, mapping }))
  expect((await settled(await api.as(clerk), id, 'failed')).problem.message.length).toBeGreaterThan(5)
})
test('a job sent in a transaction that fails is never run, and whoever sends it keeps the own rights', async () => {
  const sent = () => system(sql`SELECT count(*) AS n FROM jobs.job WHERE name = 'import-apply' AND data ->> 'batchId' = '424242'`)
  await expect(db.asActor(reviewer, { operation: 'test' }, async (trx) => {
    await api.jobs.send(trx, 'import-apply', { batchId: 424_242 })
    expect(await trx.one(sql`SELECT current_user::text AS who, (SELECT count(*) FROM org.organization WHERE org_path LIKE ${`1.${city.wanzhou}.%`}) AS n`)).toEqual({ who: 'gongxie_app', n: 0 })
    throw new Error('given up')
  })).rejects.toThrow('given up')
  expect((await sent())[0].n).toBe(0)
  const town = await city.actorAt(city.city, 'city_reviewer')
  await expect(db.asActor(town, { operation: 'test' }, async (trx) => {
    const before = await trx.one(sql`SELECT current_user::text AS who`)
    await api.jobs.send(trx, 'import-apply', { batchId: 424_242 })
    expect(await trx.one(sql`SELECT current_user::text AS who`)).toEqual(before)
    throw new Error('given up')
  })).rejects.toThrow('given up')
  await expect(db.asActor(reviewer, { operation: 'test' }, (trx) => trx.rows(sql`SELECT 1 FROM jobs.job`))).rejects.toMatchObject({ code: '42501' })
})
test('while a long file is checked its progress can be written: nobody waits for a connection', async () => {
  const within = withinActor(db, reviewer)
  const file = sourceFile('long.csv', `机构名称,机构类型,区划,用能人数\n${Array.from({ length: 3000 }, (_, i) => `长${i},01,渝中区,1`).join('\n')}`)
  const target = importTarget('institutions')
  const id = await createBatch(within, target, file, mapping)
  const written: Promise<number>[] = []
  await checkBatch(within, target, id, file, mapping, () => {
    written.push(db.asSystem('test', async (trx) => {
      await trx.run(sql`SET LOCAL lock_timeout = '2s'`)
      return trx.run(sql`UPDATE imports.batch SET progress = 50 WHERE id = ${id} AND state = 'checking'`)
    }))
  })
  expect(written.length).toBeGreaterThan(2)
  expect((await Promise.all(written))[0]).toBe(1)
})
test('a filler imports figures, not institutions', async () => {
  expect((await filler.get('/imports/targets')).body.targets.map((t: any) => t.name)).toEqual(['energy'])
  expect((await filler.upload('/imports/check', { name: 'a.csv', bytes: FILE }, { target: 'institutions', mapping })).status).toBe(403)
  expect((await filler.get('/import-templates/institutions')).status).toBe(403)
  expect((await filler.get('/import-templates/energy')).status).toBe(200)
})
test('mappings are kept by name, for those who see them', async () => {
  const saved = await district.post('/import-mappings', { target: 'institutions', name: '普查表', mapping })
  const other = { target: 'institutions', name: '普查表', mapping: { columns: { name: '单位' } } }
  expect(await district.post('/import-mappings', other)).toMatchObject({ status: 409, body: { message: expect.stringContaining('已有名为“普查表”的对照'), fields: [{ path: 'name' }] } })
  expect((await district.get('/import-mappings', { target: 'institutions' })).body.mappings).toMatchObject([{ mapping }])
  expect((await district.post('/import-mappings', { ...other, replace: true })).body.id).toBe(saved.body.id)
  expect((await district.get('/import-mappings', { target: 'institutions' })).body.mappings).toMatchObject([{ name: '普查表', mapping: { columns: { name: '单位' } }, own: true }])
  const sibling = await api.as(await city.actorAt(city.wanzhou, 'city_reviewer'))
  expect((await sibling.get('/import-mappings', { target: 'institutions' })).body.mappings).toEqual([])
  // Removed by the place that saved it: not by one beside it, which does not see it, nor by the one above, which does.
  const above = await api.as(await city.actorAt(city.city, 'city_reviewer'))
  expect((await above.get('/import-mappings', { target: 'institutions' })).body.mappings).toMatchObject([{ id: saved.body.id, own: false }])
  expect([(await sibling.post(`/import-mappings/${saved.body.id}/remove`, {})).status, (await above.post(`/import-mappings/${saved.body.id}/remove`, {})).status]).toEqual([404, 422])
  expect((await district.post(`/import-mappings/${saved.body.id}/remove`, {})).body).toEqual({ name: '普查表' })
  expect((await district.get('/import-mappings', { target: 'institutions' })).body.mappings).toEqual([])
})

describe('figures', () => {
  const given = { institution: { from: '机构', by: 'name' }, period: '2026-09', form: 'energy.monthly', columns: { electricity: '用电(kWh)' } }
  const figures = async (text: string) => {
    const started = await district.upload('/imports/check', { name: '能耗.csv', bytes: text }, { target: 'energy', mapping: given })
    return settled(district, started.body.id, 'checked', 'failed')
  }
  test('each form has its own of the fields, and a file is recognised by those of the chosen form', async () => {
    const { targets } = (await district.get('/imports/targets')).body
    const energy = targets.find((t: any) => t.name === 'energy')
    expect(energy.forms.map((f: any) => [f.name, f.months])).toEqual([['energy.monthly', 1], ['energy.quarterly', 3], ['energy.annual', 12]])
    const of = (name: string): string[] => energy.forms.find((f: any) => f.name === name).fields
    const all = energy.fields.map((f: any) => f.name) as string[]
    for (const f of energy.forms) expect(f.fields.every((n: string) => all.includes(n))).toBe(true)
    const only = of('energy.annual').filter((n) => !of('energy.monthly').includes(n))
    expect(only.length).toBeGreaterThan(0)
    const label = energy.fields.find((f: any) => f.name === only[0]).label as string
    const seen = async (form?: string) => (await district.upload('/imports/inspect', { name: 'a.csv', bytes: `机构,电消费量,${label}\n甲,1,2\n` }, { target: 'energy', form })).body.suggestion.columns
    expect(Object.keys(await seen('energy.annual'))).toContain(only[0])
    expect(Object.keys(await seen('energy.monthly'))).not.toContain(only[0])
    expect(targets.find((t: any) => t.name === 'institutions').forms).toEqual([])
  })
  test('every line says which form it went into', async () => {
    const batch = await figures('机构,用电(kWh)\n渝中区示范中学,12\n没有的单位,1\n渝中区示范小学,13\n')
    const places = async () => (await district.get(`/imports/${batch.id}/lines`)).body.lines.map((l: any) => l.place)
    expect(await places()).toEqual([null, null, null])
    expect((await district.get(`/imports/${batch.id}`)).body.standing).toBeNull()
    await district.post(`/imports/${batch.id}/apply`, { accept: 'valid', submit: true })
    await settled(district, batch.id, 'applied')
    // Water is lacking on both, and nobody gave a reason for anything: what is left to do stands where it was written.
    const stand = (await system<any>(sql`SELECT count(*)::int AS forms, count(submitted_at)::int AS submitted, count(*) FILTER (WHERE hard_findings > 0)::int AS hard, count(*) FILTER (WHERE open_findings > 0)::int AS open FROM reports.filing WHERE organization_id IN (${city.school}, ${city.primary}) AND form = 'energy.monthly' AND period_start = '2026-09-01'`))[0]
    expect(stand).toMatchObject({ forms: 2, hard: 2 })
    expect((await district.get(`/imports/${batch.id}`)).body.standing).toEqual(stand)
    expect(await places()).toEqual([{ form: 'energy.monthly', period: '2026-09', organizationId: city.school }, null, { form: 'energy.monthly', period: '2026-09', organizationId: city.primary }])
    await district.post(`/imports/${batch.id}/undo`, { reason: '传错了' })
    expect(await places()).toEqual([null, null, null])
  })
})
