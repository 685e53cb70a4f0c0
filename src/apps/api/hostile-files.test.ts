/**
 * F14 in short: every named hostile file and some random ones through the door of the imports, over a real connection,
 * while somebody asks how the server is. All of them, and more random ones, belong to the campaign of faults.
 */
import { spawn } from 'node:child_process'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import type { HostileResult } from '../../kernel/documents/intake/hostile-run.ts'
import { hostileFiles } from '../../kernel/documents/intake/hostile-corpus.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { csrfToken } from '../../kernel/authority/session.procedures.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true, maxUploadBytes: 80 * 1024 * 1024 })
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const base = await api.app.listen({ port: 0, host: '127.0.0.1' })

async function upload(path: string, file: { fileName: string; bytes: Uint8Array }, input: object): Promise<{ status: number; body: any }> {
  const body = new FormData()
  body.append('input', JSON.stringify(input))
  body.append('file', new Blob([file.bytes as Uint8Array<ArrayBuffer>]), file.fileName)
  const response = await fetch(`${base}/api${path}`, { method: 'POST', body, headers: { cookie: district.cookie, 'x-gongxie-token': csrfToken(district.token) } })
  return { status: response.status, body: await response.json() }
}
/** The files are made and sent by a process of their own: the memory that is measured here is the server's. */
function fromOutside(options: { flips: number; longest: number }): Promise<HostileResult[]> {
  const script = `
    import { runHostileFiles } from ${JSON.stringify(new URL('../../kernel/documents/intake/hostile-run.ts', import.meta.url).href)}
    const results = await runHostileFiles(async (file) => {
      const form = new FormData()
      form.append('input', JSON.stringify({ target: 'institutions' }))
      form.append('file', new Blob([file.bytes]), file.fileName)
      const response = await fetch(${JSON.stringify(`${base}/api/imports/inspect`)}, { method: 'POST', body: form, headers: ${JSON.stringify({ cookie: district.cookie, 'x-gongxie-token': csrfToken(district.token) })} })
      const body = await response.json()
      if (response.status >= 500) throw new Error(response.status + ' ' + JSON.stringify(body))
      return response.status === 200 ? { code: 'read', message: '' } : { code: body.code, message: body.message }
    }, ${JSON.stringify(options)})
    process.stdout.write(JSON.stringify(results))`
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.on('close', (code) => (code === 0 ? resolve(JSON.parse(said) as HostileResult[]) : reject(new Error(`the sender ended with ${code}`))))
  })
}
const state = () => db.asSystem('test', (trx) => trx.one(sql`
  SELECT (SELECT count(*) FROM org.organization) AS organizations, (SELECT count(*) FROM imports.line) AS lines, (SELECT count(*) FROM imports.source) AS sources, (SELECT count(*) FROM audit.change) AS changes`))

test('hostile files end soon, with a sentence; the server answers meanwhile and does not grow; nothing is written', async () => {
  const before = await state()
  const waits: number[] = []
  let peak = 0
  let done = false
  const watching = (async () => {
    while (!done) {
      const began = performance.now()
      expect((await fetch(`${base}/health`)).status).toBe(200)
      waits.push(performance.now() - began)
      peak = Math.max(peak, process.memoryUsage().rss)
      await new Promise((go) => setTimeout(go, 25))
    }
  })()
  const base0 = process.memoryUsage().rss
  // On a shared machine a reader may have to wait for its turn: the five seconds are the campaign's, on a machine of its own.
  const results = await fromOutside({ flips: 21, longest: 15_000 })
  done = true
  await watching
  expect(results.length).toBeGreaterThan(125)
  // What is wrong far down is not seen by a first look; a small table without a header is refused for that.
  const first = new Set(['a merge over the whole sheet', '120,001 rows', '200,000 lines', 'far cells in every row', 'a cell at XFD1048576', 'a row at 1048577', 'formulas as text', 'lines of every end', 'formulas of every kind', 'one long string in 30,000 cells', 'days counted from 1904'])
  expect(results.filter((r) => r.wrong && !first.has(r.name))).toEqual([])
  waits.sort((a, b) => a - b)
  expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThan(500)
  expect(peak - base0, `grew by ${Math.round((peak - base0) / 1e6)} MB`).toBeLessThan(300e6)
  expect(await state()).toEqual(before)
}, 300_000)

test('checked as a whole, what is refused leaves a failed import and not one line of it', async () => {
  const mapping = { columns: { name: '机构名称', people: '用能人数' } }
  const wanted = new Set(['120,001 rows', 'a sheet of 320 MB of blanks', 'laughs in the sheet', 'one long string in 30,000 cells', 'far cells in every row', 'a wrong checksum', 'cut off after 48 %', 'a quote that never closes'])
  for (const file of hostileFiles({ flips: 0 })) {
    if (!wanted.delete(file.name)) continue
    const { body } = await upload('/imports/check', { fileName: file.fileName, bytes: file.bytes() }, { target: 'institutions', mapping })
    const batch = await vi.waitFor(async () => {
      const now = (await district.get(`/imports/${body.id}`)).body
      if (now.state === 'checking') throw new Error(now.state)
      return now
    }, { timeout: 60_000, interval: 100 })
    expect([file.name, batch.state]).toEqual([file.name, 'failed'])
    expect(batch.problem.message).toMatch(/。$/)
    expect(await db.asSystem('test', (trx) => trx.one(sql`SELECT count(*) AS n FROM imports.line WHERE batch_id = ${body.id}`))).toEqual({ n: 0 })
    expect((await district.post(`/imports/${body.id}/apply`, { accept: 'valid' })).status).toBe(422)
  }
  expect([...wanted]).toEqual([])
  await vi.waitFor(async () => expect((await state() as any).sources).toBe(0))
}, 300_000)
