import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { lastDue, nextDue } from './due.rules.ts'
import { momentOf } from './restore.ts'
import { peek, PROFILES, readKey, seal, unseal } from './seal.ts'
import { endOf, lsnOf, numberOf, segmentName } from './wal.rules.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-seal-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))
const open = async (file: string, key: ReturnType<typeof readKey>, purpose = 'here') => {
  const parts: Buffer[] = []
  for await (const piece of unseal(file, key, purpose)) parts.push(piece)
  return Buffer.concat(parts)
}

describe.each(PROFILES)('%s', (profile) => {
  const key = readKey(path.join(folder, 'key'), { create: true, profile })
  const file = path.join(folder, profile)
  const content = Buffer.concat([randomBytes(1_500_000), Buffer.alloc(1_700_000), Buffer.from('末尾')])

  test('what was sealed comes out, whatever its length and however it was cut', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 5 }), async (parts) => {
      await seal(file, key, 'here', { n: 1 }, parts)
      expect(await open(file, key)).toEqual(Buffer.concat(parts))
    }), { numRuns: 30 })
    for (const size of [0, 1, 1024 * 1024 - 1, 1024 * 1024, 1024 * 1024 + 1]) {
      await seal(file, key, 'here', {}, [content.subarray(0, size)])
      expect((await open(file, key)).equals(content.subarray(0, size)), String(size)).toBe(true)
    }
  })
  test('a flipped bit anywhere, a cut anywhere and a byte more are found', async () => {
    const { size } = await seal(file, key, 'here', { until: '2026' }, [content])
    const whole = fs.readFileSync(file)
    expect(whole.length).toBe(size)
    const spoiled = async (bytes: Buffer) => {
      fs.writeFileSync(`${file}-bad`, bytes)
      return open(`${file}-bad`, key).then(() => 'opened', (error: Error) => error.message)
    }
    for (const at of [0, 8, 10, 20, 33, 40, 60, 70, 1_000_000, 1_500_300, size - 40, size - 1, ...Array.from({ length: 40 }, () => Math.floor(Math.random() * size))]) {
      const bad = Buffer.from(whole)
      bad[at]! ^= 1 << (at % 8)
      expect(await spoiled(bad), `byte ${at}`).not.toBe('opened')
    }
    for (const at of [0, 10, 60, 1_000_000, 1_300_000, size - 1]) expect(await spoiled(whole.subarray(0, at)), `cut at ${at}`).not.toBe('opened')
    expect(await spoiled(Buffer.concat([whole, Buffer.alloc(1)]))).toMatch('末尾多出了内容')
  })
  test('a file under the name of another does not open, and pieces of two cannot be put together', async () => {
    await seal(file, key, 'wal/1', {}, [content])
    await expect(open(file, key, 'wal/2')).rejects.toThrow('第 1 段已损坏')
    await seal(`${file}-2`, key, 'wal/1', {}, [content])
    const [a, b] = [fs.readFileSync(file), fs.readFileSync(`${file}-2`)]
    fs.writeFileSync(file, Buffer.concat([a.subarray(0, 1_100_000), b.subarray(1_100_000)]))
    await expect(open(file, key, 'wal/1')).rejects.toThrow('已损坏')
  })
  test('another key is told from a broken file', async () => {
    await seal(file, key, 'here', { until: '2026' }, [content])
    const other = readKey(path.join(folder, 'other'), { create: true })
    await expect(open(file, other)).rejects.toThrow(`备份是用另一把密钥（编号 ${key.id}）加密的，现在给出的密钥编号是 ${other.id}`)
    expect((await peek(file)).meta).toEqual({ until: '2026' })
  })
  test('a writer that fails leaves no file', async () => {
    const parts = async function* () {
      yield content
      throw new Error('the disk went away')
    }
    await expect(seal(path.join(folder, 'never'), key, 'here', {}, parts())).rejects.toThrow('went away')
    expect(fs.readdirSync(folder).filter((n) => n.startsWith('never'))).toEqual([])
  })
})

test('the hour of backup is the office’s, across midnight of UTC', () => {
  expect(lastDue(new Date('2026-11-25T18:29:59Z'), '02:30').toISOString()).toBe('2026-11-24T18:30:00.000Z')
  expect(lastDue(new Date('2026-11-25T18:30:00Z'), '02:30').toISOString()).toBe('2026-11-25T18:30:00.000Z')
  expect(nextDue(new Date('2026-12-31T16:00:00Z'), '00:00').toISOString()).toBe('2027-01-01T16:00:00.000Z')
  expect(lastDue(new Date('2026-11-25T03:00:00Z'), '23:59').toISOString()).toBe('2026-11-24T15:59:00.000Z')
})
test('segments are numbered across files of the log', () => {
  const size = 16 * 1024 * 1024
  expect(numberOf('0000000100000000000000FF', size)).toBe(255)
  expect(segmentName(1, 256, size)).toBe('000000010000000100000000')
  expect(segmentName(3, numberOf('00000001000000A2000000FE', size) + 1, size)).toBe('00000003000000A2000000FF')
  expect(endOf('000000010000000000000003', size)).toBe(lsnOf('0/4000000'))
})
test('a moment is Beijing time unless it says otherwise', () => {
  for (const text of ['2026-11-25 14:30', '2026-11-25T14:30:00', '2026-11-25T06:30:00Z', '2026-11-25T14:30:00+08:00']) expect(momentOf(text).toISOString(), text).toBe('2026-11-25T06:30:00.000Z')
  for (const text of ['yesterday', '2026-11-25', '14:30', '2026-13-25 14:30', '']) expect(() => momentOf(text), text).toThrow('看不懂时间')
})
