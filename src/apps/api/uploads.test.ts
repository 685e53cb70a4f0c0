/** Uploads that go wrong: cut off, killed, without room, received here and checked there. Nothing half is ever left. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { fileStore, folder } from '../../kernel/attachments/file-store.ts'
import { keep, sweep } from '../../kernel/attachments/keeping.ts'
import { pdf } from '../../kernel/attachments/test-files.ts'
import { bindKeys, inventKeys } from '../../kernel/authority/rights/seal.ts'
import { csrfToken } from '../../kernel/authority/session.procedures.ts'
import { buildServer } from '../../kernel/server/server.ts'
import { testApi, visitor, type Visitor } from '../../kernel/test/api.ts'
import { testSecrets } from '../../kernel/test/secrets.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
// A process of its own must open what is sealed here.
const keys = inventKeys()
bindKeys(keys)
const { db, connection } = database
const city = await buildFixture(db)
const api = await testApi(database, domains, { jobs: true })
const district = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const record = { entity: 'org.organization', recordId: city.school }
const dirs: string[] = []
const children: ChildProcess[] = []
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL')
  for (const dir of dirs) fs.rmSync(dir, { recursive: true, force: true })
})
const emptyFolder = () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-uploads-'))
  dirs.push(dir)
  return dir
}
const uploads = (dir: string) => (fs.existsSync(path.join(dir, 'uploads')) ? fs.readdirSync(path.join(dir, 'uploads')) : [])
const rows = async () => (await db.asSystem('test', (trx) => trx.rows<{ name: string; sm3: string; stored: string | null }>(sql`
  SELECT a.name, a.sm3, c.stored_name AS stored FROM files.attachment a LEFT JOIN files.content c ON c.id = a.content_id WHERE a.removed_at IS NULL ORDER BY a.id`)))
const stored = async (dir: string) => {
  const names: string[] = []
  for await (const f of folder(path.join(dir, 'files')).list()) names.push(f.name)
  return names
}

function request(who: Visitor, name: string, bytes: Buffer): Buffer {
  const edge = 'edge-of-a-part'
  const body = Buffer.concat([
    Buffer.from(`--${edge}\r\ncontent-disposition: form-data; name="input"\r\n\r\n${JSON.stringify(record)}\r\n--${edge}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: application/octet-stream\r\n\r\n`),
    bytes, Buffer.from(`\r\n--${edge}--\r\n`),
  ])
  return Buffer.concat([Buffer.from(`POST /api/attachments HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\ncookie: ${who.cookie}\r\nx-gongxie-token: ${csrfToken(who.token)}\r\ncontent-type: multipart/form-data; boundary=${edge}\r\ncontent-length: ${body.length}\r\n\r\n`), body])
}
/** Sends the first bytes, does something, and tells the status that came back, if one did. */
function send(port: number, bytes: Buffer, then: (socket: net.Socket) => void): Promise<number | null> {
  return new Promise((resolve) => {
    let answer = ''
    const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes, () => then(socket)))
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => resolve(answer ? Number(answer.slice(9, 12)) : null))
  })
}
const large = (words: string) => Buffer.concat([pdf(words).subarray(0, -6), Buffer.alloc(1_500_000, ' '), Buffer.from('%%EOF\n')])

test('a connection that is cut at ten places leaves no file and no row; the next try succeeds', async () => {
  const dir = emptyFolder()
  const app = await buildServer({ db, dataDir: dir, secretsDir: testSecrets(), domains, jobs: api.jobs, version: 'test' })
  const port = Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
  try {
    const whole = request(district, '断线.pdf', large('cut'))
    for (let i = 0; i < 10; i++) {
      expect(await send(port, whole.subarray(0, Math.floor((whole.length * i) / 10) + 1), (socket) => setTimeout(() => socket.destroy(), 15))).toBeNull()
      await vi.waitFor(() => expect(uploads(dir)).toEqual([]), { timeout: 5_000 })
      expect([await stored(dir), await rows()]).toEqual([[], []])
    }
    expect(await send(port, whole, () => {})).toBe(200)
    expect([uploads(dir), (await rows()).map((r) => r.name)]).toEqual([[], ['断线.pdf']])
    expect(await stored(dir)).toEqual((await rows()).map((r) => r.stored))
  } finally {
    await app.close()
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.attachment SET removed_at = now(), removed_reason = '测试', keep_until = '2020-01-01'`))
  }
}, 60_000)

describe('a process that is killed while it receives', () => {
  const source = (name: string) => JSON.stringify(fileURLToPath(new URL(`../../${name}`, import.meta.url)))
  const script = (dir: string) => `
    import { openDatabase } from ${source('kernel/db/database.ts')}
    import { buildServer } from ${source('kernel/server/server.ts')}
    import { bindKeys } from ${source('kernel/authority/rights/seal.ts')}
    import { domains } from ${source('apps/domains.ts')}
    bindKeys({ current: 1, keys: new Map([[1, Buffer.from('${keys.keys.get(1)!.toString('base64')}', 'base64')]]) })
    const app = await buildServer({ db: openDatabase(${JSON.stringify(connection)}, { app: 2, system: 2 }), dataDir: ${JSON.stringify(dir)}, secretsDir: ${JSON.stringify(testSecrets())}, domains, jobs: { send: async () => {}, stop: async () => {} }, version: 'test' })
    process.stdout.write(await app.listen({ port: 0, host: '127.0.0.1' }) + '\\n')`
  async function start(dir: string): Promise<{ port: number; child: ChildProcess }> {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script(dir)], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production' } })
    children.push(child)
    const line = await new Promise<string>((resolve) => child.stdout!.once('data', (d) => resolve(String(d))))
    return { port: Number(new URL(line.trim()).port), child }
  }
  test('leaves nothing that the keeper does not find; what was acknowledged is there; the next try succeeds', async () => {
    const dir = emptyFolder()
    const acknowledged: string[] = []
    const unharmed = await start(dir)
    expect(await send(unharmed.port, request(district, '没有被杀.pdf', large('unharmed')), () => {})).toBe(200)
    unharmed.child.kill('SIGKILL')
    acknowledged.push('没有被杀.pdf')
    // In the middle of the bytes, and around the moments of writing, renaming and the row.
    for (const [i, [part, wait]] of ([[0.4, 5], [1, 0], [1, 14]] as const).entries()) {
      const { port, child } = await start(dir)
      const whole = request(district, `被杀${i}.pdf`, large(`killed ${i}`))
      const status = await send(port, whole.subarray(0, Math.floor(whole.length * part)), () => setTimeout(() => child.kill('SIGKILL'), wait))
      if (status === 200) acknowledged.push(`被杀${i}.pdf`)
    }
    await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.content SET kept_at = now() - interval '1 day'`))
    const result = await keep(db, dir, { upload: -1000, content: -1000, file: -1000 })
    expect(uploads(dir)).toEqual([])
    const live = await rows()
    // No file without a row, no row without a file, nothing lost that was promised.
    expect((await stored(dir)).sort()).toEqual([...new Set(live.map((r) => r.stored))].sort())
    expect(live.map((r) => r.name)).toEqual(expect.arrayContaining(acknowledged))
    expect(result.missing).toBe(0)
    const { port, child } = await start(dir)
    expect(await send(port, request(district, '再传.pdf', large('killed 0')), () => {})).toBe(200)
    child.kill('SIGKILL')
    expect((await rows()).map((r) => r.name)).toContain('再传.pdf')
  }, 120_000)
})

const mountable = (() => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const dir = emptyFolder()
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', dir]).status === 0
  if (mounted) spawnSync('umount', [dir])
  return mounted
})()
test.skipIf(!mountable)('without room: 507 and a sentence, no part of a file, no row; afterwards as before (only where a small disk may be mounted)', async () => {
  const dir = emptyFolder()
  for (const [where, size] of [['uploads', '512k'], ['files', '512k']] as const) {
    fs.mkdirSync(path.join(dir, where), { recursive: true })
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path.join(dir, where)]).status).toBe(0)
    const app = await buildServer({ db, dataDir: dir, secretsDir: testSecrets(), domains, jobs: api.jobs, version: 'test' })
    try {
      const who = visitor(app, district.token)
      const before = (await rows()).length
      const full = await who.upload('/attachments', { name: '大.pdf', bytes: large(`room ${where}`) }, record)
      expect([full.status, full.body.code, full.body.message]).toEqual([507, 'insufficient_storage', '服务器的存储空间已满，这次没有保存任何内容。请通知系统管理员清理后再试，查询不受影响。'])
      const imported = where === 'uploads' ? await who.upload('/imports/inspect', { name: 'a.csv', bytes: Buffer.alloc(1_500_000, 'a') }, { target: 'institutions' }) : null
      if (imported) expect(imported.status).toBe(507)
      expect([uploads(dir), await stored(dir), (await rows()).length]).toEqual([[], [], before])
      expect(fs.readdirSync(path.join(dir, where)).filter((n) => n !== '.place').flatMap((n) => (fs.statSync(path.join(dir, where, n)).isDirectory() ? fs.readdirSync(path.join(dir, where, n)) : [n]))).toEqual([])
      expect((await who.upload('/attachments', { name: '小.pdf', bytes: pdf(`room ${where}`) }, record)).status).toBe(200)
      await db.asSystem('test', (trx) => trx.run(sql`UPDATE files.attachment SET removed_at = now(), removed_reason = '测试', keep_until = '2020-01-01' WHERE name = '小.pdf' AND removed_at IS NULL`))
      await keep(db, dir)
    } finally {
      await app.close()
      spawnSync('umount', [path.join(dir, where)])
    }
  }
}, 60_000)

describe('an import', () => {
  const FILE = '机构名称,机构类型,区划,用能人数\n异地甲,01,渝中区,5\n异地乙,01,渝中区,6\n'
  const mapping = { columns: { name: '机构名称', category: '机构类型', regionId: '区划', people: '用能人数' } }
  const sources = async () => (await db.asSystem('test', (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM imports.source`)))!.n
  test('is received by one process and checked by another, each with a folder of its own', async () => {
    const here = emptyFolder()
    const app = await buildServer({ db, dataDir: here, secretsDir: testSecrets(), domains, jobs: api.jobs, version: 'test' })
    const who = visitor(app, district.token)
    // More than one part of the database's.
    const bytes = `${FILE}${Array.from({ length: 12_000 }, (_, i) => `${'长名字的机构'.repeat(5)}${i},99,渝中区,1\n`).join('')}`
    expect(bytes.length).toBeGreaterThan(400_000)
    const { body } = await who.upload('/imports/check', { name: '名录.csv', bytes }, { target: 'institutions', mapping })
    const batch = await vi.waitFor(async () => {
      const now = (await who.get(`/imports/${body.id}`)).body
      if (now.state === 'checking') throw new Error(now.state)
      return now
    }, { timeout: 30_000, interval: 100 })
    expect(batch).toMatchObject({ state: 'checked', counts: { lines: 12_002, create: 2 } })
    await vi.waitFor(async () => expect(await sources()).toBe(0))
    expect([fs.readdirSync(here), fs.readdirSync(path.join(api.dataDir, 'imports'))]).toEqual([['uploads'], []])
    expect(uploads(here)).toEqual([])
    await app.close()
  }, 60_000)
  test('whose upload ended before its file was stored is said to have failed', async () => {
    const { id } = (await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`
      INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, org_path, by_name, at) VALUES ('institutions', 'a.csv', 'x', 1, '{"columns":{}}', '1.', '市', now() - interval '1 hour') RETURNING id`)))!
    expect(await keep(db, api.dataDir)).toMatchObject({ halfImports: 1 })
    expect(await db.asSystem('test', (trx) => trx.one(sql`SELECT state, problem ->> 'message' AS message FROM imports.batch WHERE id = ${id}`))).toEqual({ state: 'failed', message: '上传中断，文件没有收到完整。请重新上传。' })
  })
})

test('at the start what a killed process was receiving goes, what is being received stays', () => {
  const dir = emptyFolder()
  for (const where of ['uploads', 'imports']) {
    fs.mkdirSync(path.join(dir, where))
    for (const [name, age] of [['new', 0], ['old', 4 * 3600]] as const) {
      fs.writeFileSync(path.join(dir, where, name), 'x')
      fs.utimesSync(path.join(dir, where, name), new Date(Date.now() - age * 1000), new Date(Date.now() - age * 1000))
    }
  }
  expect(sweep(dir)).toBe(2)
  expect([fs.readdirSync(path.join(dir, 'uploads')), fs.readdirSync(path.join(dir, 'imports'))]).toEqual([['new'], ['new']])
  expect(sweep(emptyFolder())).toBe(0)
  expect(fileStore(dir).place).toMatch(/^folder:/)
})
