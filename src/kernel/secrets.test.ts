import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { startEmbedded } from './db/embedded.ts'
import { readSecret } from './secrets.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-secrets-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const good = 'q3F_9xLm2Zt7Vb1Ny5Kc8Hs4'

test('a secret is made once, for its owner only', () => {
  const file = path.join(folder, 'deep', 'key')
  expect(readSecret(file, () => good)).toBe(good)
  expect(readSecret(file, () => 'another-one-that-is-long')).toBe(good)
  expect([fs.statSync(file).mode & 0o777, fs.statSync(path.dirname(file)).mode & 0o777]).toEqual([0o600, 0o700])
  expect(fs.readdirSync(path.dirname(file))).toEqual(['key'])
  expect(() => readSecret(path.join(folder, 'none'))).toThrow('没有找到密钥文件')
})
test.each([
  ['open to the group', good, 0o640, '其他用户也能读取'], ['open to everybody', good, 0o604, '其他用户也能读取'], ['empty', '', 0o600, '太短或太容易猜到'], ['short', 'Kc8Hs4', 0o600, '太短'],
  ['one letter', 'a'.repeat(40), 0o600, '太容易猜到'], ['a default', 'changeme-changeme-changeme', 0o600, '太容易猜到'],
])('%s: refused with a sentence', (_what, content, mode, expected) => {
  const file = path.join(folder, 'bad')
  fs.writeFileSync(file, content)
  fs.chmodSync(file, mode)
  expect(() => readSecret(file, () => good)).toThrow(expected)
  expect(fs.readFileSync(file, 'utf8')).toBe(content)
})
test('four that make it at once have the same', async () => {
  const file = path.join(folder, 'raced')
  const program = `import { readSecret } from ${JSON.stringify(path.join(import.meta.dirname, 'secrets.ts'))}; process.stdout.write(readSecret(${JSON.stringify(file)}, () => 'of-process-' + String(process.pid).padEnd(20, '7x')))`
  const made = await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, ['--input-type=module', '-e', program])))
  expect(made.map((m) => m.stdout)).toEqual(Array(4).fill(readSecret(file)))
})
test('a server does not start on an open secret', async () => {
  const data = path.join(folder, 'data')
  fs.mkdirSync(path.join(data, 'secrets'), { recursive: true })
  fs.writeFileSync(path.join(data, 'secrets', 'database-password'), good, { mode: 0o644 })
  await expect(startEmbedded(data)).rejects.toThrow('chmod 600')
})
