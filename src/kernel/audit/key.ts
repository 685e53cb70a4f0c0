/**
 * The key of the chain lies outside the database, so that whoever holds the database alone cannot write a trail anew.
 * One line a key, `number hex`; the last one seals, the others still verify what they sealed.
 */
import { createHmac, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { readSecret, writeSecret } from '../secrets.ts'

export interface KeyRing {
  /** Number of the key that seals now. */
  current: number
  keys: ReadonlyMap<number, Buffer>
  file: string
}

export const keyFile = (dataDir: string): string => process.env.GONGXIE_AUDIT_KEY_FILE || path.join(path.resolve(dataDir), 'secrets', 'audit-key')

const line = (id: number) => `${id} ${randomBytes(32).toString('hex')}\n`

export function createKey(dataDir: string): void {
  const file = keyFile(dataDir)
  if (!fs.existsSync(file)) writeSecret(file, line(1))
}

/** null where there is none. */
export function readKeys(dataDir: string): KeyRing | null {
  const file = keyFile(dataDir)
  if (!fs.existsSync(file)) return null
  const keys = new Map<number, Buffer>()
  let current = 0
  for (const text of readSecret(file).split('\n').filter((l) => l.trim())) {
    const found = /^(\d{1,4}) ([0-9a-f]{64})$/.exec(text.trim())
    if (!found) throw new Error(`${file} is not a key file: a line is a number and 64 hexadecimal digits.`)
    current = Number(found[1])
    keys.set(current, Buffer.from(found[2]!, 'hex'))
  }
  if (!current) throw new Error(`${file} is empty.`)
  return { current, keys, file }
}

/** A new key seals from now on; the ones before stay for verifying. */
export function rotateKey(dataDir: string): KeyRing {
  const ring = readKeys(dataDir)
  if (!ring) throw new Error('There is no key to rotate.')
  const next = Math.max(...ring.keys.keys()) + 1
  const text = fs.readFileSync(ring.file, 'utf8')
  const beside = `${ring.file}.new`
  fs.writeFileSync(beside, `${text.trimEnd()}\n${line(next)}`, { mode: 0o600 })
  fs.renameSync(beside, ring.file)
  return readKeys(dataDir)!
}

export const keyOf = (ring: KeyRing, id: number): Buffer | undefined => ring.keys.get(id)
/** By what a key is known again without being told. */
export const fingerprint = (key: Buffer): string => createHmac('sm3', key).update('fingerprint').digest('hex').slice(0, 16)

/** Signs a text for one purpose: what was signed as a head cannot be shown as an export. */
export const sign = (key: Buffer, purpose: 'head' | 'archive' | 'export', text: string): string => createHmac('sm3', key).update(`${purpose}\n${text}`).digest('hex')
