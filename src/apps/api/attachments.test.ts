/** Attachments from upload to the end of their keeping: who sees and changes them, what is stored, what never leaves. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { fileStore } from '../../kernel/attachments/file-store.ts'
import { keep } from '../../kernel/attachments/keeping.ts'
import { jpg, pdf, png } from '../../kernel/attachments/test-files.ts'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { testApi, type Answer, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const { dataDir } = api
const as = async (organization: number, role: Role) => api.as(await city.actorAt(organization, role))
const filler = await as(city.school, 'filler')
const head = await as(city.school, 'responsible')
const district = await as(city.yuzhong, 'district_reviewer')
const sibling = await as(city.wanzhou, 'district_reviewer')
const reviewer = await as(city.city, 'city_reviewer')
const leader = await as(city.city, 'leader')
const admin = await as(city.city, 'system_administrator')

const one = <T>(query: ReturnType<typeof sql<T>>) => db.asSystem('test', (trx) => trx.one<T>(query))
const sm3 = (bytes: Buffer) => createHash('sm3').update(bytes).digest('hex')
const stored = async (): Promise<string[]> => {
  const names: string[] = []
  for await (const file of fileStore(dataDir).list()) names.push(file.name)
  return names
}
const uploads = () => (fs.existsSync(path.join(dataDir, 'uploads')) ? fs.readdirSync(path.join(dataDir, 'uploads')) : [])
let serial = 0
/** Another school each time, with a form that is open. */
async function form(month = '2026-01') {
  const school = await city.institution({ name: `带附件学校${++serial}`, superiorId: city.education, regionId: city.regions.yuzhong, category: '021' })
  const own = await as(school, 'filler')
  const { facts } = (await own.post('/filings/save', { form: 'energy.monthly', period: month, organizationId: school, version: null, values: { buildingArea: '5000', people: '100', electricity: '9000', electricityCost: '6300', water: '300', waterCost: '1200' } })).body
  return { school, own, head: await as(school, 'responsible'), filing: facts.id as number, version: facts.version as number, record: { entity: 'reports.filing', recordId: facts.id as number } }
}
const add = (who: Visitor, record: object, bytes: Buffer | string = pdf(`${++serial}`), name = '电费发票.pdf', more: object = {}) => who.upload('/attachments', { name, bytes }, { ...record, ...more })
const list = (who: Visitor, record: { entity: string; recordId: number }) => who.get('/attachments', record)

const act = { effective: '2026-02-01', basis: '渝中委编〔2026〕7 号' }
const change = (await district.post('/organization-changes', { change: { kind: 'rename', id: city.hospital, name: '渝中区示范医院（更名）', ...act } })).body.id as number
const publication = (await one<{ id: number }>(sql`
  INSERT INTO reports.publication (subject, title, period_start, months, division, edition, snapshot, hash, reason, org_path, by_name) VALUES ('test', '测试发布', '2025-01-01', 12, 'then', 1, '{}', 'x', '测试', '1.', '市') RETURNING id`))!.id
const open = await form()

describe('an attachment', () => {
  test('comes back as it was, under its own name, and as nothing that a browser would run', async () => {
    const { own, record } = await form()
    const bytes = png(60, 40)
    const made = await add(own, record, bytes, '3 月电表照片（正面）.png', { item: 'electricity', note: '抄表' })
    expect(made.status).toBe(200)
    expect(made.body).toMatchObject({ name: '3 月电表照片（正面）.png', kind: 'png', size: bytes.length, sm3: sm3(bytes), item: 'electricity', note: '抄表', edition: 1, scan: 'unscanned', damaged: false, can: ['download', 'remove', 'replace'] })
    const got = await own.get(`/attachments/${made.body.id}/content`)
    expect(got.bytes.equals(bytes)).toBe(true)
    expect(got.headers).toMatchObject({
      'content-type': 'image/png', 'content-length': String(bytes.length), 'x-content-type-options': 'nosniff', 'cross-origin-resource-policy': 'same-origin', 'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
      'content-disposition': `attachment; filename="3 ____________.png"; filename*=UTF-8''${encodeURIComponent('3 月电表照片（正面）.png')}`.replace('3 ____________', `3 ${'_'.repeat('月电表照片（正面）'.length)}`),
    })
    expect(uploads()).toEqual([])
    // Name and content are ours in the store, not the person's.
    expect((await stored()).every((n) => /^[0-9a-f]{2}\/[0-9a-f]{32}$/.test(n))).toBe(true)
    expect((await list(own, record)).body).toMatchObject({ mayAdd: true, whyNot: null, antivirus: false, maxBytes: 50 * 1024 * 1024 })
  })

  test('the same bytes are stored once, whoever brings them; the same again is the same attachment', async () => {
    const [a, b] = [await form(), await form()]
    const bytes = pdf('一份文件发到各校')
    const before = (await stored()).length
    const [x, y] = await Promise.all([add(a.own, a.record, bytes, '通知.pdf'), add(b.own, b.record, bytes, '转发通知.pdf')])
    expect([x.status, y.status, x.body.sm3]).toEqual([200, 200, y.body.sm3])
    expect((await stored()).length).toBe(before + 1)
    expect((await add(a.own, a.record, bytes, '通知.pdf')).body.id).toBe(x.body.id)
    expect((await list(a.own, a.record)).body.attachments).toHaveLength(1)
    // Nobody learns from the one what the other has.
    expect((await a.own.get(`/attachments/${y.body.id}/content`)).status).toBe(404)
  })

  test('editions of one document follow one another; what was removed is kept, with the reason, until its day', async () => {
    const { own, record } = await form()
    const first = (await add(own, record, pdf('v1'))).body
    const second = (await add(own, record, pdf('v2'), '电费发票（更正）.pdf', { replaces: first.id })).body
    expect([second.documentId, second.edition]).toEqual([first.id, 2])
    expect((await add(own, record, pdf('v3'), 'c.pdf', { replaces: second.id })).body.edition).toBe(3)
    expect((await own.post(`/attachments/${first.id}/remove`, { version: first.version, reason: '' })).status).toBe(400)
    const gone = await own.post(`/attachments/${first.id}/remove`, { version: first.version, reason: '传错了文件' })
    expect(gone.body).toMatchObject({ removedReason: '传错了文件', can: ['restore'] })
    expect((await own.post(`/attachments/${first.id}/remove`, { version: first.version, reason: '再来' })).body.code).toBe('version_conflict')
    expect((await own.get(`/attachments/${first.id}/content`)).body).toMatchObject({ code: 'refused' })
    const back = await own.post(`/attachments/${first.id}/restore`, { version: gone.body.version, reason: '没有传错' })
    expect(back.body).toMatchObject({ removedAt: null, can: ['download', 'remove', 'replace'] })
    const history = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT action, operation, reason, actor_name FROM audit.change WHERE entity = 'files.attachment' AND record_id = ${first.id} ORDER BY id`))
    expect(history.map((h) => [h.action, h.operation, h.reason])).toEqual([['create', 'attachment.add', null], ['update', 'attachment.remove', '传错了文件'], ['update', 'attachment.restore', '没有传错']])
  })

  test('goes with a form that was handed in: nothing is changed behind the reviewer; the reviewer may add, and it stays from below', async () => {
    const f = await form()
    const own = (await add(f.own, f.record)).body
    const sent = await f.head.post(`/filings/${f.filing}/submit`, { version: f.version })
    expect(sent.status).toBe(200)
    expect((await list(f.own, f.record)).body).toMatchObject({ mayAdd: false, whyNot: expect.stringContaining('已提交') })
    expect((await add(f.own, f.record)).body).toMatchObject({ code: 'refused', message: expect.stringContaining('请先撤回') })
    expect((await f.own.post(`/attachments/${own.id}/remove`, { version: own.version, reason: '不要了' })).status).toBe(422)
    const word = (await add(district, f.record, png(), '核对单.png')).body
    // Evidence is taken away by who brought it.
    expect((await list(district, f.record)).body.attachments.map((a: any) => a.can)).toEqual([['download'], ['download', 'remove', 'replace']])
    expect(word.can).toEqual(['download', 'remove', 'replace'])
    await district.post('/reviews/return', { filings: [{ id: f.filing, version: sent.body.facts.version }], remarks: '请核对电费', cells: [] })
    const shown = (await list(f.own, f.record)).body
    expect(shown.mayAdd).toBe(true)
    expect(shown.attachments.map((a: any) => a.can)).toEqual([['download', 'remove', 'replace'], ['download']])
    expect((await f.own.post(`/attachments/${word.id}/remove`, { version: word.version, reason: '不要了' })).status).toBe(422)
  })

  test('of a draft in a locked period is shut with the form’s own sentence, also to removal, until an exception is open', async () => {
    const f = await form('2026-02')
    const own = (await add(f.own, f.record)).body
    await db.asSystem('test', (trx) => trx.run(sql`INSERT INTO reports.lock (form, period_start, reason, by_name) VALUES ('energy.monthly', '2026-02-01', '已上报', '市局')`))
    const refusal = (await f.own.post('/filings/save', { form: 'energy.monthly', period: '2026-02', organizationId: f.school, version: f.version, values: { electricity: '9001' } })).body
    expect(refusal).toMatchObject({ code: 'refused', message: expect.stringContaining('已经锁定') })
    expect((await list(f.own, f.record)).body).toMatchObject({ mayAdd: false, whyNot: refusal.message, attachments: [{ can: ['download'] }] })
    expect((await add(f.own, f.record)).body).toMatchObject({ code: 'refused', message: refusal.message })
    expect((await f.own.post(`/attachments/${own.id}/remove`, { version: own.version, reason: '不要了' })).body).toMatchObject({ message: refusal.message })
    // A reviewer's word is added at any time.
    expect((await add(district, f.record, png(), '核对单.png')).status).toBe(200)
    await db.asSystem('test', (trx) => trx.run(sql`
      INSERT INTO reports.lock_exception (form, period_start, organization_id, org_path, until, reason, by_name) SELECT 'energy.monthly', '2026-02-01', id, org_path, now() + interval '1 day', '更正', '市局' FROM org.organization WHERE id = ${f.school}`))
    expect((await add(f.own, f.record)).status).toBe(200)
    await db.asSystem('test', (trx) => trx.run(sql`DELETE FROM reports.lock WHERE period_start = '2026-02-01'`))
  })
})

describe('who may', () => {
  const hosts = {
    filing: open.record, organization: { entity: 'org.organization', recordId: city.school }, change: { entity: 'org.change', recordId: change }, publication: { entity: 'reports.publication', recordId: publication },
  }
  const actors: Record<string, Visitor> = { filler, own: open.own, district, sibling, city: reviewer, leader, admin, nobody: api.nobody }
  const word = (a: Answer) => (a.status === 200 ? 'ok' : a.body.code)
  const o = 'ok', f = 'forbidden', n = 'not_found', u = 'unauthenticated', r = 'refused'
  //                                        another school, the form's own, district, sibling, city, leader, admin, nobody
  test.each<[keyof typeof hosts, 'list' | 'add' | 'download' | 'remove', string[]]>([
    ['filing', 'list', [n, o, o, n, o, o, f, u]],
    ['filing', 'add', [n, o, o, n, o, f, f, u]],
    ['filing', 'download', [n, o, o, n, o, o, f, u]],
    ['filing', 'remove', [n, r, o, n, r, f, f, u]],
    ['organization', 'list', [o, n, o, n, o, o, f, u]],
    ['organization', 'add', [f, n, o, n, o, f, f, u]],
    ['organization', 'download', [o, n, o, n, o, o, f, u]],
    ['organization', 'remove', [f, n, o, n, o, f, f, u]],
    ['change', 'list', [n, n, o, n, o, o, f, u]],
    ['change', 'add', [n, n, o, n, o, f, f, u]],
    ['change', 'remove', [n, n, o, n, o, f, f, u]],
    ['publication', 'list', [o, o, o, o, o, o, f, u]],
    ['publication', 'add', [f, f, f, f, o, f, f, u]],
    ['publication', 'download', [o, o, o, o, o, o, f, u]],
    ['publication', 'remove', [f, f, f, f, o, f, f, u]],
  ])('%s: %s', async (host, what, cells) => {
    const found: string[] = []
    for (const who of Object.values(actors)) {
      // Attached by the district where it may, so that the school's own word on it is a refusal; by the city where only that may.
      const made = what === 'download' || what === 'remove' ? (await add(host === 'publication' ? reviewer : district, hosts[host])).body : undefined
      found.push(word(what === 'list' ? await list(who, hosts[host]) : what === 'add' ? await add(who, hosts[host]) : what === 'download' ? await who.get(`/attachments/${made.id}/content`)
        : await who.post(`/attachments/${made.id}/remove`, { version: made.version, reason: '不再需要' })))
    }
    // Whoever may not write the record is forbidden, also where the attachment itself is seen.
    expect(found).toEqual(cells)
  }, 60_000)

  test('hidden is absent, byte for byte; of records that take none nothing is told', async () => {
    const made = (await add(open.own, open.record)).body
    for (const [hidden, absent] of [[`/attachments/${made.id}/content`, '/attachments/999999/content']] as const)
      expect((await sibling.get(hidden)).text).toBe((await sibling.get(absent)).text)
    expect((await list(sibling, open.record)).text).toBe((await list(sibling, { ...open.record, recordId: 999_999 })).text)
    expect((await add(sibling, open.record)).text).toBe((await add(sibling, { ...open.record, recordId: 999_999 })).text)
    expect((await list(reviewer, { entity: 'auth.account', recordId: 1 })).status).toBe(400)
    expect((await add(open.own, open.record, pdf(), 'a.pdf', { item: 'nonsense' })).status).toBe(400)
    expect((await add(open.own, open.record, pdf(), 'a.pdf', { replaces: 999_999 })).status).toBe(404)
  })
  test('the database says so too: past every handler', async () => {
    const path = (await one<{ p: string }>(sql`SELECT org_path AS p FROM reports.filing WHERE id = ${open.filing}`))!.p
    const count = (trxActor: Awaited<ReturnType<typeof city.actorAt>>) => db.asActor(trxActor, { operation: 'test' }, (trx) => trx.one<{ a: number; c: number }>(sql`SELECT (SELECT count(*) FROM files.attachment WHERE entity = 'reports.filing') AS a, (SELECT count(*) FROM files.content) AS c`))
    const mine = (await count(await city.actorAt(open.school, 'filler')))!
    expect(mine.a).toBeGreaterThan(0)
    expect((await count(await city.actorAt(city.wanzhou, 'district_reviewer')))!.a).toBe(0)
    expect(await count(await city.actorAt(city.city, 'system_administrator'))).toEqual({ a: 0, c: 0 })
    const insert = (actor: Awaited<ReturnType<typeof city.actorAt>>, more: { record?: number; by?: number; path?: string } = {}) => db.asActor(actor, { operation: 'test' }, (trx) => trx.run(sql`
      INSERT INTO files.attachment (entity, record_id, org_path, name, kind, size, sm3, content_id, by_id, by_name, by_organization)
      SELECT 'reports.filing', ${more.record ?? open.filing}, ${more.path ?? path}, 'x.pdf', 'pdf', 1, 'x', (SELECT min(id) FROM files.content), ${more.by ?? actor.personId}, 'x', 1`))
    const own = await city.actorAt(open.school, 'filler')
    for (const [actor, more] of [[await city.actorAt(city.wanzhou, 'district_reviewer'), {}], [await city.actorAt(city.city, 'leader'), {}], [own, { by: own.personId + 1 }], [own, { path: '1.' }], [own, { record: 999_999 }]] as const)
      await expect(insert(actor, more)).rejects.toMatchObject({ code: '42501' })
    await expect(db.asActor(own, { operation: 'test' }, (trx) => trx.run(sql`DELETE FROM files.attachment`))).rejects.toMatchObject({ code: '42501' })
    await expect(db.asActor(own, { operation: 'test' }, (trx) => trx.run(sql`UPDATE files.content SET scan = 'clean'`))).rejects.toMatchObject({ code: '42501' })
  })
  test('an organisation that moves takes them along', async () => {
    const f = await form()
    await add(f.own, f.record)
    await reviewer.post('/organization-changes', { change: { kind: 'move', ids: [f.school], superiorId: city.wanzhou, regionId: city.regions.wanzhou, ...act } })
    expect((await list(sibling, f.record)).body.attachments).toHaveLength(1)
    expect((await list(await as(city.education, 'district_reviewer'), f.record)).status).toBe(404)
  })
})

describe('size and quota', () => {
  const limit = (key: string, value: number) => db.asSystem('test', (trx) => trx.run(sql`UPDATE app.setting SET value = to_jsonb(${String(value)}::text) WHERE key = ${`attachment.${key}`}`))
  const padded = (bytes: number) => {
    const [start, end] = [pdf(String(++serial)).subarray(0, -6), Buffer.from('%%EOF\n')]
    return Buffer.concat([start, Buffer.alloc(bytes - start.length - end.length, ' '), end])
  }
  test('one byte over is refused, the last byte within is not; nothing is left in between', async () => {
    const { own, record } = await form()
    await limit('file-size', 1)
    const files = (await stored()).length
    expect((await add(own, record, padded(1024 * 1024))).status).toBe(200)
    const over = await add(own, record, padded(1024 * 1024 + 1))
    expect([over.status, over.body.message]).toEqual([413, '单个附件不超过 1 MB。请压缩扫描件或拆分后再上传。'])
    // The server's own bound, while the bytes come in.
    expect((await add(own, record, Buffer.alloc(8 * 1024 * 1024 + 1, 'x'))).status).toBe(413)
    expect([uploads(), (await stored()).length]).toEqual([[], files + 1])
    await limit('file-size', 50)
  })
  test('a person has a day, an organisation has a shelf', async () => {
    const { own, head, record } = await form()
    await limit('person-daily', 1)
    expect((await add(own, record, padded(700_000))).status).toBe(200)
    expect((await add(own, record, padded(700_000))).body.message).toContain('每人每天 1 MB')
    await limit('organization-total', 1)
    expect((await add(head, record, padded(700_000))).body.message).toContain('附件总量超过了 1 MB')
    await limit('person-daily', 500)
    await limit('organization-total', 5120)
    expect((await add(head, record, padded(700_000))).status).toBe(200)
  })
  test('wrong bytes, wrong ends, two in one: refused, and nothing is kept', async () => {
    const { own, record } = await form()
    const files = (await stored()).length
    for (const [name, bytes, status] of [['a.svg', '<svg/>', 415], ['a.html', '<html>', 415], ['a.exe', 'MZ', 415], ['a.pdf', png(), 422], ['a.png', Buffer.concat([png(), Buffer.from('PK')]), 422], ['a.pdf', '', 422]] as const)
      expect((await add(own, record, bytes as Buffer, name)).status, name).toBe(status)
    expect((await own.upload('/attachments', null, record)).status).toBe(400)
    expect([uploads(), (await stored()).length, (await list(own, record)).body.attachments]).toEqual([[], files, []])
  })
})

describe('the store', () => {
  const where = async (id: number) => path.join(dataDir, 'files', (await one<{ n: string }>(sql`SELECT c.stored_name AS n FROM files.attachment a JOIN files.content c ON c.id = a.content_id WHERE a.id = ${id}`))!.n)
  const incidents = async () => (await admin.get('/file-store')).body.incidents.filter((i: any) => !i.settledAt)

  test.each([['small', 200], ['large', 9 * 1024 * 1024]])('a flipped bit in a %s file is never handed out; bringing the file again heals it', async (_what, size) => {
    const { own, record } = await form()
    const bytes = Buffer.concat([pdf(String(++serial)).subarray(0, -6), Buffer.alloc(Number(size), ' '), Buffer.from('%%EOF\n')])
    // The API of tests takes 8 MB at once: the large one is put there as the server would.
    const made = (await add(own, record, bytes.length < 8e6 ? bytes : pdf('placeholder'))).body
    if (bytes.length >= 8e6) {
      fs.writeFileSync(await where(made.id), bytes)
      await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.content SET sm3 = ${sm3(bytes)}, size = ${bytes.length} WHERE sm3 = ${made.sm3}`))
    }
    expect((await own.get(`/attachments/${made.id}/content`)).bytes.equals(bytes)).toBe(true)
    const file = await where(made.id)
    const wrong = Buffer.from(bytes)
    wrong[wrong.length - 20]! ^= 1
    fs.writeFileSync(file, wrong)
    const refused = await own.get(`/attachments/${made.id}/content`)
    expect([refused.status, refused.body.code]).toEqual([422, 'file_damaged'])
    expect((await list(own, record)).body.attachments[0]).toMatchObject({ damaged: true, can: ['remove', 'replace'] })
    expect(await incidents()).toContainEqual(expect.objectContaining({ kind: 'damaged', storedName: file.slice(path.join(dataDir, 'files').length + 1) }))
    expect(uploads()).toEqual([])
    if (bytes.length >= 8e6) fs.writeFileSync(file, bytes)
    const other = await form()
    if (bytes.length < 8e6) expect((await add(other.own, other.record, bytes)).status).toBe(200)
    expect((await own.get(`/attachments/${made.id}/content`)).bytes.equals(bytes)).toBe(true)
    expect((await list(own, record)).body.attachments[0].damaged).toBe(false)
  })
  test('a lost file is said to be lost', async () => {
    const { own, record } = await form()
    const made = (await add(own, record)).body
    const file = await where(made.id)
    const bytes = fs.readFileSync(file)
    fs.rmSync(file)
    expect((await own.get(`/attachments/${made.id}/content`)).body.code).toBe('file_missing')
    expect((await incidents()).map((i: any) => i.kind)).toContain('missing')
    fs.writeFileSync(file, bytes)
    expect((await own.get(`/attachments/${made.id}/content`)).status).toBe(200)
  })
  test('a file in another server’s folder is no lost file', async () => {
    const { own, record } = await form()
    const made = (await add(own, record)).body
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.content SET place = 'folder:elsewhere' WHERE sm3 = ${made.sm3}`))
    const before = (await incidents()).length
    expect((await own.get(`/attachments/${made.id}/content`)).status).toBe(503)
    expect((await incidents()).length).toBe(before)
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.content SET place = ${fileStore(dataDir).place} WHERE sm3 = ${made.sm3}`))
  })
  test('the keeper: what nobody knows goes after a while, what is lost is reported, what is due is destroyed', async () => {
    const f = await form()
    const [kept, removed, lost] = [(await add(f.own, f.record, pdf('留'))).body, (await add(f.own, f.record, pdf('移'))).body, (await add(f.own, f.record, jpg, 'a.jpg')).body]
    const before = new Set(await stored())
    const gone = await where(removed.id)
    await f.own.post(`/attachments/${removed.id}/remove`, { version: removed.version, reason: '不要了' })
    const stray = path.join(dataDir, 'files', 'ab', `ab${'0'.repeat(30)}`)
    fs.mkdirSync(path.dirname(stray), { recursive: true })
    fs.writeFileSync(stray, 'half')
    fs.writeFileSync(path.join(dataDir, 'uploads', 'left-over'), 'half')
    expect(await keep(db, dataDir)).toMatchObject({ swept: 0, orphans: 0, expired: 0, missing: 0 })
    expect(fs.existsSync(stray)).toBe(true)
    fs.rmSync(await where(lost.id))
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.attachment SET keep_until = app.today() - 1 WHERE id = ${removed.id}`))
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.content SET kept_at = now() - interval '1 day'`))
    // Two: the stray one, and the damaged one that was replaced before.
    expect(await keep(db, dataDir, { upload: -1000, content: -1000, file: -1000 })).toMatchObject({ swept: 1, expired: 1, dropped: 1, orphans: 2, missing: 1 })
    expect([fs.existsSync(stray), fs.existsSync(gone), uploads()]).toEqual([false, false, []])
    expect((await list(f.own, f.record)).body.attachments.map((a: any) => [a.id, a.scan, a.damaged])).toEqual([[kept.id, 'unscanned', false], [removed.id, 'gone', false], [lost.id, 'unscanned', true]])
    expect((await stored()).every((n) => before.has(n))).toBe(true)
    expect(await keep(db, dataDir, { upload: -1000, content: -1000, file: -1000 })).toMatchObject({ swept: 0, expired: 0, dropped: 0, orphans: 0, missing: 1 })
    // Its record went with an import that was taken back.
    await db.asSystem('test', (trx) => trx.run(sql`DELETE FROM energy.monthly_2025 WHERE filing_id = ${f.filing}`))
    await db.asSystem('test', (trx) => trx.run(sql`DELETE FROM reports.filing WHERE id = ${f.filing}`))
    expect(await keep(db, dataDir)).toMatchObject({ lostRecords: 2 })
  })
  test('is the system administrator’s: what happened, what is allowed, without any name of a file', async () => {
    const state = (await admin.get('/file-store')).body
    expect(state.place).toMatch(/^folder:[0-9a-f]{12}$/)
    expect(state.antivirus).toEqual({ address: null, version: null, problem: null })
    expect(state.round.result).toMatchObject({ missing: 1, lostRecords: 2 })
    expect(JSON.stringify(state)).not.toContain('发票')
    const incident = state.incidents[0]
    expect((await admin.post(`/file-incidents/${incident.id}/settle`, { version: incident.version, note: '已从备份恢复' })).status).toBe(200)
    expect((await admin.post(`/file-incidents/${incident.id}/settle`, { version: incident.version, note: '再来一次' })).status).toBe(422)
    const limit = state.limits.find((l: any) => l.key === 'attachment.file-size')
    expect((await admin.post(`/file-store/limits/${limit.id}`, { version: limit.version, value: '61', reason: '放宽' })).status).toBe(400)
    expect((await admin.post(`/file-store/limits/${limit.id}`, { version: limit.version, value: '20', reason: '磁盘紧张' })).status).toBe(200)
    expect((await one<any>(sql`SELECT actor_name AS who, reason FROM audit.change WHERE entity = 'app.setting' ORDER BY id DESC LIMIT 1`))).toMatchObject({ reason: '磁盘紧张', who: expect.stringContaining('系统管理员') })
    // The statistician's settings are not the administrator's.
    const theirs = (await one<{ id: number; version: number }>(sql`SELECT id, version FROM app.setting WHERE key LIKE 'energy.%' LIMIT 1`))!
    expect((await admin.post(`/file-store/limits/${theirs.id}`, { version: theirs.version, value: '20', reason: '试试' })).status).toBe(404)
    expect((await admin.post('/file-store/keep')).body).toEqual({ queued: true })
    for (const who of [filler, head, district, reviewer, leader]) {
      expect((await who.get('/file-store')).status).toBe(403)
      expect((await who.post('/file-store/keep')).status).toBe(403)
      expect((await who.post(`/file-store/limits/${limit.id}`, { version: 2, value: '20', reason: '试试' })).status).toBe(403)
      expect((await who.post(`/file-incidents/${incident.id}/settle`, { version: 2, note: '试试' })).status).toBe(403)
    }
  })
})
