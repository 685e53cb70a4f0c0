/** Slow clients over a real socket (M8, C47): what stands still is cut off, what moves is let through. */
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { defineDomain, handleFreely } from '../domain.ts'
import { testDatabase } from '../test/database.ts'
import { buildServer } from './server.ts'

const { db } = await testDatabase()
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-slow-'))
const tell = operation({ id: 'test.tell', method: 'POST', path: '/tell', label: '说', access: 'public', input: z.object({ text: z.string() }), output: z.object({ length: z.int() }) })
const long = operation({ id: 'test.long', method: 'POST', path: '/long', label: '多说', access: 'public', bodyLimit: 3_000_000, input: z.object({ text: z.string() }), output: z.object({ length: z.int() }) })
const bring = operation({ id: 'test.bring', method: 'POST', path: '/bring', label: '交文件', access: 'public', upload: true, input: z.object({}), output: z.object({ size: z.int() }) })
const much = operation({ id: 'test.much', method: 'GET', path: '/much', label: '很多', access: 'public', input: z.object({}), output: z.object({ text: z.string() }) })
const domain = defineDomain({
  name: 'test', knows: [], entities: [], handlers: [
    handleFreely(tell, async (_c, input) => ({ length: input.text.length })),
    handleFreely(long, async (_c, input) => ({ length: input.text.length })),
    handleFreely(bring, async (c) => ({ size: c.file!.size })),
    handleFreely(much, async () => ({ text: 'x'.repeat(40_000_000) })),
  ],
})
const app = await buildServer({
  db, dataDir, domains: [domain], jobs: { send: async () => {}, running: () => true, stop: async () => {} }, version: 'test', maxConnections: 60,
  patience: { bodyMs: 1_500, stillMs: 1_500, bytesPerSecond: 10, unreadMs: 1_500 },
})
const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
afterAll(async () => {
  await app.close()
  fs.rmSync(dataDir, { recursive: true, force: true })
})

const accepted = new Map<number, net.Socket>()
app.server.on('connection', (socket) => accepted.set(socket.remotePort!, socket))

interface Line { socket: net.Socket; text: () => string; closed: Promise<number> }
function dial(): Line {
  const socket = net.connect(Number(port), '127.0.0.1')
  const since = Date.now()
  let text = ''
  socket.on('data', (d) => (text += d)).on('error', () => {})
  return { socket, text: () => text, closed: new Promise((resolve) => socket.once('close', () => resolve(Date.now() - since))) }
}
const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const head = (url: string, length: number, type = 'application/json') => `POST /api${url} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n`

describe.concurrent('one that', () => {
  test('says nothing is cut off', async () => {
    const line = dial()
    expect(await line.closed).toBeLessThan(18_000)
  })
  test('drips its headers is cut off', async () => {
    const line = dial()
    line.socket.write('GET /health HTTP/1.1\r\nhost: x\r\n')
    const drip = setInterval(() => line.socket.write(`x-a: ${Date.now()}\r\n`), 300)
    expect(await line.closed).toBeLessThan(18_000)
    clearInterval(drip)
    expect(line.text()).toMatch(/^HTTP\/1.1 408/)
    expect(line.text()).toMatch(/nosniff/)
  })
  test('drips its body is told so and cut off, and the server does not remember it', async () => {
    const line = dial()
    line.socket.write(head('/tell', 100_000))
    const drip = setInterval(() => line.socket.write(' '), 200)
    expect(await line.closed).toBeLessThan(15_000)
    clearInterval(drip)
    expect(line.text()).toMatch(/^HTTP\/1.1 408/)
    expect(line.text()).toMatch(/too_slow/)
  })
  test('brings a file slowly, but brings it, gets through', async () => {
    const edge = 'edge'
    const opening = `--${edge}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n`
    const closing = `\r\n--${edge}--\r\n`
    const line = dial()
    line.socket.write(head('/bring', opening.length + 24 + closing.length, `multipart/form-data; boundary=${edge}`) + opening)
    for (let i = 0; i < 8; i++) {
      await rest(500)
      line.socket.write('abc')
    }
    line.socket.write(closing)
    await rest(700)
    expect(line.text()).toMatch(/200 OK[^]*"size":24/)
    line.socket.destroy()
  })
  test('stops in the middle of a file is cut off, and nothing of it stays', async () => {
    const edge = 'edge'
    const line = dial()
    line.socket.write(`${head('/bring', 100_000, `multipart/form-data; boundary=${edge}`)}--${edge}\r\ncontent-disposition: form-data; name="file"; filename="b.csv"\r\n\r\nhalf`)
    expect(await line.closed).toBeLessThan(15_000)
    await rest(500)
    for (let i = 0; i < 60 && fs.readdirSync(path.join(dataDir, 'uploads')).length; i++) await rest(100)
    expect(fs.readdirSync(path.join(dataDir, 'uploads'))).toEqual([])
  })
  test('does not read its answer is cut off', async () => {
    const line = dial()
    line.socket.pause()
    line.socket.write(`GET /api/much HTTP/1.1\r\nhost: x\r\n\r\n`)
    for (let i = 0; i < 100 && !accepted.get(line.socket.localPort!)?.destroyed; i++) await rest(100)
    expect(accepted.get(line.socket.localPort!)!.destroyed).toBe(true)
    line.socket.destroy()
  }, 20_000)
  test('sends more than a megabyte is refused, unless the operation says that it needs more', async () => {
    const send = (url: string, size: number) => fetch(`http://127.0.0.1:${port}/api${url}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ text: 'x'.repeat(size) }) }).then((r) => r.status)
    expect(await send('/tell', 1_000_000)).toBe(200)
    expect(await send('/tell', 1_100_000)).toBe(413)
    expect(await send('/long', 2_000_000)).toBe(200)
  })
})

test('more connections than may be are not kept, and the others do not notice', async () => {
  const lines = Array.from({ length: 100 }, dial)
  const open = () => lines.filter((l) => !l.socket.destroyed).length
  for (let i = 0; i < 30 && open() > 60; i++) await rest(100)
  expect(open()).toBeLessThanOrEqual(60)
  lines.forEach((l) => l.socket.destroy())
  await rest(200)
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
})
test('what is no HTTP is answered as such', async () => {
  const line = dial()
  line.socket.write('nonsense\r\n\r\n')
  await line.closed
  expect(line.text()).toMatch(/^HTTP\/1.1 400[^]*content-security-policy/)
})
