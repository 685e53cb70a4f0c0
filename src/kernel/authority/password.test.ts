import { hash } from '@node-rs/argon2'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bindSecrets, openText, sealText } from './crypto.ts'
import { hashPassword, inventPassword, outdated, refuseWeak, verifyPassword } from './password.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-keys-'))
beforeAll(() => bindSecrets(folder))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

const GB = { length: 12, classes: 3 }
const NIST = { length: 15, classes: 1 }
const who = { login: 'li.xiaolong', name: '李小龙', units: ['渝中区教育委员会'] }

describe('the policy of passwords (C03)', () => {
  test.each<[string, string, RegExp | null]>([
    ['eleven characters', 'Abcdef-2468', /至少 12 位，现在是 11 位/],
    ['two classes', 'correcthorsebattery', /至少三类/],
    ['three classes', 'correct-Horse-battery', null],
    ['128 characters', `Aa1-${'xq7Kw-'.repeat(20)}wxyz`, null],
    ['129 characters', `Aa1-${'xq7Kw-'.repeat(20)}wxyzv`, /最多 128 位/],
    ['the login inside', 'Gx7-li.xiaolong-Kw9', /登录名/],
    ['the name inside', 'Kw9-李小龙-Gx7-mnb', /姓名/],
    ['the name in pinyin and a year', 'Xiaolong@2026', /容易被猜到/],
    ['a word of the list with figures', 'Password2026!', /容易被猜到/],
    ['the same in disguise', 'P@ssw0rd2026!', /容易被猜到/],
    ['two words of the list', 'Jiguan@Danwei88', /容易被猜到/],
    ['the platform and a year', 'Gongxie@20262026', /容易被猜到/],
    ['the city and a row of the keyboard', 'Chongqing@123456', /容易被猜到/],
    ['a walk over the keyboard', 'Qwertyuiop!234', /容易被猜到/],
    ['one letter many times', 'Aaaaaaaaaaaa1!', /容易被猜到/],
    ['the unit', '渝中区教育委员会Aa1!', /容易被猜到/],
    ['part of the unit', '教育委员会-2026-Aa', /容易被猜到/],
    ['four words without a relation', 'Lantern-river-7-copper', null],
    ['words in Chinese', '铜灯笼过河Seven7次-木船', null],
  ])('%s', (_what, password, problem) => {
    const attempt = () => refuseWeak(password, GB, who)
    if (problem) expect(attempt).toThrow(problem)
    else expect(attempt).not.toThrow()
  })
  test('without complexity, where the longer profile holds', () => {
    expect(() => refuseWeak('lantern river copper', NIST, who)).not.toThrow()
    expect(() => refuseWeak('lantern river', NIST, who)).toThrow(/至少 15 位/)
    expect(() => refuseWeak('passwordpassword', NIST, who)).toThrow(/容易被猜到/)
  })
  test('what is invented for people passes, and is not invented twice', () => {
    const made = Array.from({ length: 500 }, inventPassword)
    for (const password of made) expect(() => refuseWeak(password, GB, who), password).not.toThrow()
    expect(new Set(made).size).toBe(500)
  })
})

describe('what is stored (C02)', () => {
  test('Argon2id with at least 19 MiB and two passes, under a pepper', async () => {
    const stored = await hashPassword('Lantern-river-7')
    const [, pepper, m, t] = /^(\d+):\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$[\w+/]+\$[\w+/]+$/.exec(stored)!
    expect([Number(pepper), Number(m) >= 19_456, Number(t) >= 2]).toEqual([1, true, true])
    expect(await verifyPassword(stored, 'Lantern-river-7')).toBe(true)
    expect(await verifyPassword(stored, 'Lantern-river-8')).toBe(false)
    // A dump without the key opens nothing.
    expect(await verifyPassword(stored.slice(2), 'Lantern-river-7')).toBe(false)
    expect(outdated(stored, 'argon2id')).toBe(false)
  })
  test('PBKDF2 with HMAC-SM3', async () => {
    const stored = await hashPassword('Lantern-river-7', 'pbkdf2-sm3')
    expect(stored).toMatch(/^1:\$pbkdf2-sm3\$i=600000\$/)
    expect([await verifyPassword(stored, 'Lantern-river-7'), await verifyPassword(stored, 'lantern-river-7'), outdated(stored, 'pbkdf2-sm3'), outdated(stored, 'argon2id')]).toEqual([true, false, false, true])
  })
  test('all 128 characters count', async () => {
    const long = `Aa1-${'x'.repeat(124)}`
    const stored = await hashPassword(long)
    expect([await verifyPassword(stored, long), await verifyPassword(stored, `${long.slice(0, 127)}y`)]).toEqual([true, false])
  })
  test('older ways still open, and are known as old', async () => {
    const bare = await hash('Lantern-river-7', { memoryCost: 8192, timeCost: 1, parallelism: 1 })
    expect([await verifyPassword(bare, 'Lantern-river-7'), outdated(bare, 'argon2id')]).toEqual([true, true])
    const before = await hashPassword('Lantern-river-7')
    fs.writeFileSync(path.join(folder, 'pepper-2.key'), Buffer.alloc(32, 7).toString('base64'), { mode: 0o600 })
    bindSecrets(folder)
    expect([await verifyPassword(before, 'Lantern-river-7'), outdated(before, 'argon2id')]).toEqual([true, true])
    expect(await hashPassword('Lantern-river-7')).toMatch(/^2:/)
  })
  test('nonsense is not a password', async () => {
    for (const stored of ['', 'x', '1:', '$', 'plain']) expect(await verifyPassword(stored, 'x')).toBe(false)
  })
})

describe('encrypted fields', () => {
  const place = ['auth.second_factor', 7, 'seed'] as const
  test('open where they were written, and nowhere else', () => {
    const sealed = sealText('JBSWY3DPEHPK3PXP', place)
    expect(sealed).not.toContain('JBSWY')
    expect(openText(sealed, place)).toBe('JBSWY3DPEHPK3PXP')
    for (const other of [['auth.second_factor', 8, 'seed'], ['auth.second_factor', 7, 'other'], ['auth.account', 7, 'seed']] as const) expect(() => openText(sealed, other)).toThrow()
    const [method, version, own, value] = sealed.split('.')
    const flipped = Buffer.from(value!, 'base64url')
    flipped[14]! ^= 1
    expect(() => openText([method, version, own, flipped.toString('base64url')].join('.'), place)).toThrow()
  })
  test('two of the same text share nothing', () => {
    const made = new Set(Array.from({ length: 2000 }, () => sealText('x', place).split('.')[3]!.slice(0, 16)))
    expect(made.size).toBe(2000)
  })
  test('a new key writes, the old one still reads', () => {
    const before = sealText('方舟', place)
    fs.writeFileSync(path.join(folder, 'field-2.key'), Buffer.alloc(32, 9).toString('base64'), { mode: 0o600 })
    bindSecrets(folder)
    expect([openText(before, place), sealText('x', place).startsWith('a1.2.')]).toEqual(['方舟', true])
  })
  test('keys are for their owner only, and a damaged one is named', () => {
    for (const name of ['pepper-1.key', 'field-1.key']) expect(fs.statSync(path.join(folder, name)).mode & 0o777).toBe(0o600)
    const other = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-keys-'))
    fs.writeFileSync(path.join(other, 'pepper-1.key'), 'A4kdlf93mfkdlsow92mfkd', { mode: 0o600 })
    expect(() => bindSecrets(other)).toThrow(/pepper-1\.key is damaged/)
    fs.rmSync(other, { recursive: true })
    bindSecrets(folder)
  })
})
