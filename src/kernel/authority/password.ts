/**
 * Passwords: a keyed hash, never truncated (GB/T 22239-2019 8.1.4.1 a). What is stored says how it was made:
 * `<pepper>:$argon2id$…` or `<pepper>:$pbkdf2-sm3$…`; without a number it took no pepper. What was made in an older way
 * is made anew when its owner signs in.
 */
import { hash, verify } from '@node-rs/argon2'
import { pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import { promisify } from 'node:util'
import { invalid } from '../contract/problem.rules.ts'
import { pepper, pepperVersion } from './crypto.ts'
import { shapeProblem, type PasswordRules } from './password.rules.ts'

export type HashMethod = 'argon2id' | 'pbkdf2-sm3'

// OWASP's second profile: 19 MiB, two passes, one lane.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
// For where only the national algorithms are allowed; OWASP's count for SHA-256, whose speed SM3 has.
const ROUNDS = 600_000
const derive = promisify(pbkdf2)

export async function hashPassword(password: string, method: HashMethod = 'argon2id'): Promise<string> {
  const { version, text } = pepper(password, method === 'argon2id' ? 'sha256' : 'sm3')
  const before = version ? `${version}:` : ''
  if (method === 'argon2id') return before + (await hash(text, COST))
  const salt = randomBytes(16)
  return `${before}$pbkdf2-sm3$i=${ROUNDS}$${salt.toString('base64url')}$${(await derive(text, salt, ROUNDS, 32, 'sm3')).toString('base64url')}`
}

export async function verifyPassword(stored: string, password: string): Promise<boolean> {
  const [, version, phc] = /^(?:(\d+):)?(\$(?:argon2id|pbkdf2-sm3)\$.*)$/s.exec(stored) ?? []
  if (!phc) return false
  const sm3 = phc.startsWith('$pbkdf2-sm3$')
  const { text } = pepper(password, sm3 ? 'sm3' : 'sha256', Number(version ?? 0))
  if (!sm3) return verify(phc, text)
  const [, , rounds, salt, wanted] = phc.split('$')
  const made = await derive(text, Buffer.from(salt!, 'base64url'), Number(rounds!.slice(2)), 32, 'sm3')
  return timingSafeEqual(made, Buffer.from(wanted!, 'base64url'))
}

/** Made with an older pepper, other costs or another method than today's? */
export function outdated(stored: string, method: HashMethod): boolean {
  const version = pepperVersion()
  const wanted = method === 'argon2id' ? `$argon2id$v=19$m=${COST.memoryCost},t=${COST.timeCost},p=${COST.parallelism}$` : `$pbkdf2-sm3$i=${ROUNDS}$`
  return !stored.startsWith(`${version ? `${version}:` : ''}${wanted}`)
}

const dummies = new Map<HashMethod, Promise<string>>()
/** Spent on unknown names too, so that an answer's delay tells nothing. */
export function dummyHash(method: HashMethod): Promise<string> {
  if (!dummies.has(method)) dummies.set(method, hashPassword(randomBytes(16).toString('hex'), method))
  return dummies.get(method)!
}

const known = fs.readFileSync(new URL('../../../data/passwords.txt', import.meta.url), 'utf8').split('\n').map((l) => l.trim()).filter((l) => l.length > 3 && !l.startsWith('#')).sort((a, b) => b.length - a.length)
const ROWS = ['abcdefghijklmnopqrstuvwxyz', 'qwertyuiop', 'asdfghjkl', 'zxcvbnm', '01234567890', '!@#$%^&*()', 'qazwsxedcrfvtgbyhnujm']
const LEET: Record<string, string> = { '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i', '|': 'l' }
/** Fewer characters than these, and what is left is quickly tried. */
const LEAST_LEFT = 6

/** Runs of four and more: abcd, 4321, aaaa, qwer. */
function withoutRuns(text: string): string {
  let left = text.replace(/(.)\1{2,}/gu, ' ')
  for (const row of [...ROWS, ...ROWS.map((r) => [...r].reverse().join(''))])
    for (let length = row.length; length >= 4; length--)
      for (let at = 0; at + length <= row.length; at++) left = left.replaceAll(row.slice(at, at + length), ' ')
  return left
}
const strip = (text: string, words: readonly string[]) => words.reduce((left, word) => left.replaceAll(word, ' '), text)

/**
 * Pieces of what is known about a person: the login and its parts (a name in pinyin, mostly), the name, and any four
 * characters in a row of the unit's name.
 */
export function contextWords(about: { login: string; name: string; units: readonly string[] }): string[] {
  const lower = (t: string) => t.toLowerCase()
  const login = lower(about.login)
  const units = about.units.flatMap((unit) => [...unit].length < 4 ? [unit] : Array.from({ length: [...unit].length - 3 }, (_, i) => [...unit].slice(i, i + 4).join('')))
  return [login, ...login.split(/[._-]/).filter((p) => p.length > 2), login.replace(/[._-]/g, ''), lower(about.name), ...units.map(lower), '机关', '单位', '公廨', 'gongxie'].filter((w) => w.length > 1)
}

/** Refuses by shape, and by what is left when words, runs, years and what is known of the person are taken out. */
export function refuseWeak(password: string, rules: PasswordRules, about: { login: string; name: string; units: readonly string[] }, field = 'next'): void {
  const shape = shapeProblem(password, rules)
  if (shape) throw invalid(shape, [{ path: field, message: shape }])
  const say = (message: string) => invalid(message, [{ path: field, message }])
  const lower = password.normalize('NFKC').toLowerCase()
  const login = about.login.toLowerCase()
  if (lower.includes(login)) throw say('密码中不能包含登录名。')
  if (about.name.length > 1 && lower.includes(about.name.toLowerCase())) throw say('密码中不能包含姓名。')
  const own = contextWords(about).sort((a, b) => b.length - a.length)
  const spelt = [...lower].map((c) => LEET[c] ?? c).join('')
  const left = [lower, spelt].map((text) => strip(withoutRuns(strip(text.replace(/(?:19|20)\d\d/g, ' '), own)), known).replace(/[\d\s\p{P}\p{S}]/gu, '').length)
  // Digits alone say little; a long number that is no run still counts by half.
  const digits = withoutRuns(lower.replace(/(?:19|20)\d\d/g, ' ')).replace(/\D/g, '').length
  if (Math.min(...left) + Math.floor(digits / 2) < LEAST_LEFT) throw say('这个密码太容易被猜到：除去常见词语、连续字符、年份和您的姓名、单位后所剩不多。可以用几个不相干的词加数字组成。')
}

// No 0/O, 1/l/I: people type these from a piece of paper.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
export function inventPassword(): string {
  const pick = (set: string, n: number) => [...randomBytes(n)].map((b) => set[b % set.length]).join('')
  return `${pick('ABCDEFGHJKLMNPQRSTUVWXYZ', 1)}${pick(ALPHABET, 11)}-${pick('23456789', 3)}`
}
