/** Passwords: Argon2id, never truncated, with a floor of length and variety (GB/T 22239-2019 8.1.4.1 a). */
import { hash, verify } from '@node-rs/argon2'
import { randomBytes } from 'node:crypto'
import { invalid } from '../contract/problem.rules.ts'

// OWASP's second profile: 19 MiB, two passes, one lane.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, COST)
export const verifyPassword = (stored: string, password: string): Promise<boolean> => verify(stored, password)

/** Spent on unknown names too, so that an answer's delay tells nothing. */
export const DUMMY_HASH = await hash(randomBytes(16).toString('hex'), COST)

export function refuseWeak(password: string, login: string): void {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^a-zA-Z\d]/].filter((p) => p.test(password)).length
  if (password.length < 12 || password.length > 128 || kinds < 3)
    throw invalid('密码须为 12 至 128 位，并包含大写字母、小写字母、数字、符号中的至少三类。', [{ path: 'next', message: '密码强度不够' }])
  if (password.toLowerCase().includes(login.toLowerCase()))
    throw invalid('密码中不能包含登录名。', [{ path: 'next', message: '密码中不能包含登录名' }])
}

// No 0/O, 1/l/I: people type these from a piece of paper.
const ALPHABET = 'abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
export function inventPassword(): string {
  const pick = (set: string, n: number) => [...randomBytes(n)].map((b) => set[b % set.length]).join('')
  return `${pick('ABCDEFGHJKLMNPQRSTUVWXYZ', 1)}${pick(ALPHABET, 11)}-${pick('23456789', 3)}`
}
