import { createHash } from 'node:crypto'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { fileStore, newName, type FileStore } from './file-store.ts'
import { s3Server } from './s3-server.ts'

const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-store-'))
const key = { id: 'AKIATEST', secret: 'sec/ret+key' }
const s3 = await s3Server(key)
afterAll(async () => {
  await s3.close()
  fs.rmSync(dataDir, { recursive: true, force: true })
})
afterEach(() => vi.unstubAllEnvs())

const keyFile = (text: string) => {
  const file = path.join(dataDir, `key-${Math.random()}`)
  fs.writeFileSync(file, text, { mode: 0o600 })
  return file
}
const address = `s3://government/files?endpoint=${encodeURIComponent(s3.endpoint)}&region=cn-southwest-1`
function inBucket(keys = `${key.id}\n${key.secret}\n`): FileStore {
  vi.stubEnv('GONGXIE_FILES', `${address}&n=${Math.random()}`)
  vi.stubEnv('GONGXIE_FILES_KEY', keyFile(keys))
  return fileStore(dataDir)
}
const put = async (store: FileStore, name: string, bytes: Buffer): Promise<void> => {
  const file = path.join(dataDir, `upload-${Math.random()}`)
  fs.writeFileSync(file, bytes)
  try {
    await store.put(name, { path: file, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
  } finally {
    fs.rmSync(file, { force: true })
  }
}
const got = async (store: FileStore, name: string): Promise<Buffer | null> => {
  const stream = await store.read(name)
  return stream && Buffer.concat(await stream.toArray())
}
const names = async (store: FileStore) => {
  const found: string[] = []
  for await (const f of store.list()) found.push(`${f.name} ${f.size} ${f.at.getTime() > 1e12}`)
  return found
}

describe.each([['a folder', () => fileStore(dataDir)], ['a bucket', () => inBucket()]])('%s', (_what, open) => {
  test('takes, gives, lists in order, forgets', async () => {
    const store = open()
    const all = Array.from({ length: 5 }, () => newName()).sort()
    const bytes = (i: number) => Buffer.alloc(1 + i * 70_000, String(i))
    for (const [i, name] of all.entries()) await put(store, name, bytes(i))
    for (const [i, name] of all.entries()) expect((await got(store, name))!.equals(bytes(i))).toBe(true)
    expect(await names(store)).toEqual(all.map((name, i) => `${name} ${bytes(i).length} true`))
    for (const name of all) await store.remove(name)
    await store.remove(all[0]!)
    expect(await got(store, all[0]!)).toBeNull()
    expect(await names(store)).toEqual([])
  })
  test('has a place of its own and takes no name but ours', async () => {
    const store = open()
    expect(store.place).toMatch(/^(folder:[0-9a-f]{12}|s3:government\/files)$/)
    for (const name of ['../../etc/passwd', 'ab/../../x', '/etc/passwd', 'ab/short', 'AB/' + 'A'.repeat(32)]) {
      await expect(store.read(name)).rejects.toThrow('no name of a stored file')
      await expect(store.remove(name)).rejects.toThrow('no name of a stored file')
      await expect(put(store, name, Buffer.from('x'))).rejects.toThrow('no name of a stored file')
    }
  })
})

describe('a folder', () => {
  test('what was only half copied has no name, and goes', async () => {
    const store = fileStore(dataDir)
    const name = newName()
    await put(store, name, Buffer.from('whole'))
    const part = path.join(dataDir, 'files', `${name}.part`)
    fs.writeFileSync(part, 'ha')
    fs.utimesSync(part, 1, 1)
    expect(await names(store)).toEqual([`${name} 5 true`])
    expect(fs.existsSync(part)).toBe(false)
    expect(fs.statSync(path.join(dataDir, 'files')).mode & 0o77).toBe(0)
  })
})
describe('a bucket', () => {
  test('a wrong key, a failing store and bytes that are others are errors, and nothing is taken', async () => {
    const before = s3.objects.size
    await expect(put(inBucket('AKIATEST\nwrong\n'), newName(), Buffer.from('x'))).rejects.toThrow('403')
    await expect((async () => {
      const store = inBucket()
      const file = keyFile('these bytes')
      await store.put(newName(), { path: file, size: 11, sha256: createHash('sha256').update('other bytes').digest('hex') })
    })()).rejects.toThrow('400')
    s3.failing.push(500, 503, 500, 500)
    await expect(got(inBucket(), newName())).rejects.toThrow('500')
    s3.failing.length = 0
    expect(s3.objects.size).toBe(before)
    vi.stubEnv('GONGXIE_FILES', `${address}&again`)
    vi.stubEnv('GONGXIE_FILES_KEY', path.join(dataDir, 'nowhere'))
    await expect(got(fileStore(dataDir), newName())).rejects.toThrow('The key of the file store is missing')
    vi.stubEnv('GONGXIE_FILES', 's3://bucket')
    expect(() => fileStore(dataDir)).toThrow('GONGXIE_FILES must look like')
  })
  test('a store that sends elsewhere is not followed, whatever it is asked', async () => {
    const elsewhere: string[] = []
    const stranger = http.createServer((request, response) => response.end(String(elsewhere.push(`${request.method} ${request.url}`))))
    await new Promise<void>((ready) => stranger.listen(0, '127.0.0.1', ready))
    const store = http.createServer((_request, response) => response.writeHead(307, { location: `http://127.0.0.1:${(stranger.address() as AddressInfo).port}/latest/meta-data` }).end())
    await new Promise<void>((ready) => store.listen(0, '127.0.0.1', ready))
    vi.stubEnv('GONGXIE_FILES', `s3://government/files?endpoint=${encodeURIComponent(`http://127.0.0.1:${(store.address() as AddressInfo).port}`)}`)
    vi.stubEnv('GONGXIE_FILES_KEY', keyFile(`${key.id}\n${key.secret}\n`))
    const files = fileStore(dataDir)
    for (const asked of [() => put(files, newName(), Buffer.from('x')), () => got(files, newName()), () => files.remove(newName()), () => names(files)]) await expect(asked()).rejects.toThrow('307')
    expect(elsewhere).toEqual([])
    for (const server of [store, stranger]) {
      server.closeAllConnections()
      server.close()
    }
  })
  test('a store that stumbles is asked again', async () => {
    const store = inBucket()
    const name = newName()
    s3.failing.push(503)
    await put(store, name, Buffer.from('second time'))
    expect((await got(store, name))!.toString()).toBe('second time')
  })
})
