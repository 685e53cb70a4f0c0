/** With a clamd: nothing infected comes in, what nobody could look at is kept back, what lay there before is looked at. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { sql } from 'kysely'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { scanFor } from '../../kernel/attachments/antivirus.ts'
import { clamdServer, EICAR } from '../../kernel/attachments/clamd-server.ts'
import { fileStore } from '../../kernel/attachments/file-store.ts'
import { keep } from '../../kernel/attachments/keeping.ts'
import { pdf } from '../../kernel/attachments/test-files.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const admin = await api.as(await city.actorAt(city.city, 'system_administrator'))
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-clamd-'))
const clamd = await clamdServer(path.join(folder, 'clamd.ctl'))
afterAll(async () => {
  await clamd.close()
  fs.rmSync(folder, { recursive: true, force: true })
})
afterEach(() => {
  vi.unstubAllEnvs()
  clamd.mood = 'well'
})
const withClamd = () => vi.stubEnv('GONGXIE_CLAMD', clamd.address)
const record = { entity: 'org.organization', recordId: city.school }
const add = (bytes: Buffer, name = '凭证.pdf') => district.upload('/attachments', { name, bytes }, record)
const shown = async (id: number) => (await district.get('/attachments', record)).body.attachments.find((a: any) => a.id === id)
const files = async () => {
  let n = 0
  for await (const _ of fileStore(api.dataDir).list()) n++
  return n
}
const virus = pdf(EICAR)
const incidents = () => db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT kind, detail FROM files.incident ORDER BY id`))

test('without clamd a file says that nobody looked, and can be had', async () => {
  const made = (await add(pdf('a'))).body
  expect(made).toMatchObject({ scan: 'unscanned', can: ['download', 'remove', 'replace'] })
  expect((await district.get(`/attachments/${made.id}/content`)).status).toBe(200)
})

describe.each([['over its socket', undefined], ['over TCP', 'tcp']])('%s', (_how, tcp) => {
  test('what is clean is marked so; EICAR is 422, leaves nothing, and is reported', async () => {
    const other = tcp ? await clamdServer() : clamd
    vi.stubEnv('GONGXIE_CLAMD', other.address)
    expect((await add(pdf(`clean ${tcp}`))).body.scan).toBe('clean')
    const before = await files()
    const refused = await add(pdf(`${EICAR} ${tcp}`))
    expect([refused.status, refused.body.code, refused.body.message]).toEqual([422, 'infected', expect.stringContaining('Win.Test.EICAR_HDB-1')])
    expect([await files(), fs.readdirSync(path.join(api.dataDir, 'uploads'))]).toEqual([before, []])
    expect(await incidents()).toContainEqual({ kind: 'infected', detail: '上传时发现：Win.Test.EICAR_HDB-1，没有保存' })
    // More than one chunk of the socket.
    const large = await scanFor(async () => Readable.from([Buffer.alloc(3 * 1024 * 1024, 1), Buffer.from(EICAR)]))
    expect(large).toEqual({ scan: 'infected', by: 'ClamAV 1.4.6/27500/Wed Nov 25 08:00:00 2026', threat: 'Win.Test.EICAR_HDB-1' })
    if (tcp) await other.close()
  })
})

describe('when it does not answer', () => {
  test.each([['broken'], ['limit']] as const)('(%s) a file is kept back until somebody has looked', async (mood) => {
    withClamd()
    clamd.mood = mood
    const made = (await add(pdf(`waits ${mood}`))).body
    expect(made).toMatchObject({ scan: 'pending', can: ['remove', 'replace'] })
    expect((await district.get(`/attachments/${made.id}/content`)).body).toMatchObject({ code: 'refused', message: expect.stringContaining('还没有查毒') })
    expect(await keep(db, api.dataDir)).toMatchObject({ scanned: 0, unreached: expect.any(Number) })
    expect((await shown(made.id)).scan).toBe('pending')
    clamd.mood = 'well'
    expect((await keep(db, api.dataDir)).scanned).toBeGreaterThan(0)
    expect(await shown(made.id)).toMatchObject({ scan: 'clean', can: ['download', 'remove', 'replace'] })
    expect((await district.get(`/attachments/${made.id}/content`)).status).toBe(200)
  })
  test('nobody waits for ever', async () => {
    withClamd()
    clamd.mood = 'silent'
    await expect(scanFor(async () => Readable.from([Buffer.from('x')]), 300)).rejects.toThrow('did not answer')
    vi.stubEnv('GONGXIE_CLAMD', 'unix:/nowhere/clamd.ctl')
    await expect(scanFor(async () => Readable.from([Buffer.from('x')]), 300)).rejects.toThrow('ENOENT')
  })
})

test('what was stored before is looked at, and locked away where it is found infected', async () => {
  const made = (await add(virus)).body
  expect((await district.get(`/attachments/${made.id}/content`)).status).toBe(200)
  withClamd()
  expect(await keep(db, api.dataDir)).toMatchObject({ infected: 1, unreached: 0 })
  expect(await shown(made.id)).toMatchObject({ scan: 'infected', can: ['remove', 'replace'] })
  expect((await district.get(`/attachments/${made.id}/content`)).body.code).toBe('infected')
  expect((await add(virus, '再传一次.pdf')).body.code).toBe('infected')
  const state = (await admin.get('/file-store')).body
  expect(state.antivirus).toEqual({ address: clamd.address, version: 'ClamAV 1.4.6/27500/Wed Nov 25 08:00:00 2026', problem: null })
  expect(state.scans).toMatchObject({ infected: 1, unscanned: 0, pending: 0 })
  vi.stubEnv('GONGXIE_CLAMD', 'unix:/nowhere/clamd.ctl')
  expect((await admin.get('/file-store')).body.antivirus.problem).toContain('ENOENT')
})
