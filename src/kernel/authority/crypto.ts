/**
 * Keys that lie outside of the database, and what is done with them. A dump of the database without this folder opens
 * neither a password nor an encrypted field.
 *
 *   <data folder>/secrets/pepper-1.key   keyed hash of passwords
 *   <data folder>/secrets/field-1.key    encrypts the keys of encrypted fields
 *
 * The highest number is used for what is written, the others still read. GONGXIE_SECRETS_DIR names another folder, e.g.
 * one that several processes share.
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Database } from '../db/database.ts'
import { readSecret } from '../secrets.ts'

type Purpose = 'pepper' | 'field'
const PURPOSES: readonly Purpose[] = ['pepper', 'field']

let keys: Map<string, Buffer> | undefined
let folder = ''

export const secretsFolder = (dataDir: string): string => path.resolve(process.env.GONGXIE_SECRETS_DIR || path.join(dataDir, 'secrets'))

/** Reads the keys, and makes the first ones. Two processes that start at once end up with the same. */
export function bindSecrets(at: string): void {
  folder = at
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const purpose of PURPOSES) if (!names().some((n) => n.startsWith(`${purpose}-`))) readSecret(path.join(folder, `${purpose}-1.key`), () => `${randomBytes(32).toString('base64')}\n`)
  keys = new Map(names().map((name) => {
    const key = Buffer.from(readSecret(path.join(folder, name)), 'base64')
    if (key.length !== 32) throw new Problem('refused', `The key ${path.join(folder, name)} is damaged: it must be 32 bytes in base64. Put it back from the backup.`)
    return [name.slice(0, -4), key]
  }))
}
const names = () => fs.readdirSync(folder).filter((n) => /^(pepper|field)-\d+\.key$/.test(n))

const fingerprint = (key: Buffer) => createHash('sha256').update('gongxie.fingerprint').update(key).digest('hex').slice(0, 32)

interface Fingerprint { id: string; fingerprint: string }
/**
 * The database knows which keys its content needs. A process that lacks one must not start, nor make one: with keys of its
 * own it would refuse every password.
 */
export async function openSecrets(db: Database, at: string): Promise<void> {
  const refuse = (ids: readonly string[]) =>
    new Problem('refused', `This database was written with the keys ${ids.join(', ')}, which are not in ${at}. Put secrets/ back from the backup, or name the folder that all processes share in GONGXIE_SECRETS_DIR.`)
  await db.asSystem('keys.register', async (trx) => {
    await trx.run(sql`LOCK TABLE auth.key IN SHARE ROW EXCLUSIVE MODE`)
    const known = await trx.rows<Fingerprint>(sql`SELECT id, fingerprint FROM auth.key ORDER BY id`)
    const missing = known.filter((k) => !fs.existsSync(path.join(at, `${k.id}.key`)))
    if (missing.length) throw refuse(missing.map((k) => k.id))
    bindSecrets(at)
    const mine = [...keys!].map(([id, key]): Fingerprint => ({ id, fingerprint: fingerprint(key) }))
    const other = known.filter((k) => mine.find((m) => m.id === k.id)?.fingerprint !== k.fingerprint)
    if (other.length) throw refuse(other.map((k) => k.id))
    // An older key of fields that nothing needs any more may still lie there: it is not asked for again.
    const latest = `field-${newest('field')!.version}`
    for (const k of mine.filter(({ id }) => !id.startsWith('field-') || id === latest)) await trx.run(sql`INSERT INTO auth.key (id, fingerprint) VALUES (${k.id}, ${k.fingerprint}) ON CONFLICT DO NOTHING`)
  })
}

function newest(purpose: Purpose): { version: number; key: Buffer } | undefined {
  const versions = [...(keys?.keys() ?? [])].filter((id) => id.startsWith(`${purpose}-`)).map((id) => Number(id.split('-')[1]))
  if (!versions.length) return undefined
  const version = Math.max(...versions)
  return { version, key: keys!.get(`${purpose}-${version}`)! }
}
/** Another process may have made a key since: the folder is read again where it has other names than are known. */
function reread(): void {
  if (keys && names().some((n) => !keys!.has(n.slice(0, -4)))) bindSecrets(folder)
}
function keyOf(id: string): Buffer {
  if (!keys?.has(id)) reread()
  const key = keys?.get(id)
  if (!key) throw new Error(`the key ${id} is not in ${folder}`)
  return key
}

/** What is hashed instead of the password, and which pepper it took; 0 where none is bound. */
export function pepper(password: string, digest: 'sha256' | 'sm3', version = newest('pepper')?.version ?? 0): { version: number; text: string } {
  if (version === 0) return { version, text: password }
  return { version, text: createHmac(digest, keyOf(`pepper-${version}`)).update(password, 'utf8').digest('base64') }
}
export const pepperVersion = (): number => newest('pepper')?.version ?? 0

/** Where an encrypted value stands. Moved to another row or column it does not open. */
export type Place = readonly [table: string, key: string | number, column: string]
const aad = (place: Place, keyId: string) => Buffer.from(JSON.stringify([...place.map(String), keyId]))

function encrypt(key: Buffer, text: Buffer, more: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(more)
  return Buffer.concat([nonce, cipher.update(text), cipher.final(), cipher.getAuthTag()])
}
function decrypt(key: Buffer, sealed: Buffer, more: Buffer): Buffer {
  const opener = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12)).setAAD(more).setAuthTag(sealed.subarray(-16))
  return Buffer.concat([opener.update(sealed.subarray(12, -16)), opener.final()])
}

/**
 * An envelope: the value under a key of its own, that key under the field key. A new field key needs only the short
 * part rewritten. `a1` names the method, so that another one (SM4) can stand beside it.
 */
export function sealText(text: string, place: Place): string {
  reread()
  const { version, key } = newest('field')!
  const id = `field-${version}`
  const own = randomBytes(32)
  return ['a1', version, encrypt(key, own, aad(place, id)).toString('base64url'), encrypt(own, Buffer.from(text, 'utf8'), aad(place, id)).toString('base64url')].join('.')
}
export function openText(sealed: string, place: Place): string {
  const [method, version, own, value] = sealed.split('.')
  if (method !== 'a1' || !own || !value) throw new Error('this is no envelope')
  const id = `field-${version}`
  return decrypt(decrypt(keyOf(id), Buffer.from(own, 'base64url'), aad(place, id)), Buffer.from(value, 'base64url'), aad(place, id)).toString('utf8')
}
/** The version of the field key that opens an envelope. */
export const fieldVersion = (sealed: string): number => Number(sealed.split('.')[1])

/** The next key of fields: every process that shares the folder writes with it from now on. */
export function makeFieldKey(): number {
  reread()
  const version = newest('field')!.version + 1
  readSecret(path.join(folder, `field-${version}.key`), () => `${randomBytes(32).toString('base64')}\n`)
  bindSecrets(folder)
  return version
}
