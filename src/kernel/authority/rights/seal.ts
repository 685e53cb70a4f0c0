/**
 * A seal on every right (C31): HMAC-SM3 over what a post, an entitlement or a delegation says, with a key that is not in
 * the database. Whoever changes a row with SQL cannot seal it, and a right without its seal is none. What a seal cannot
 * show is a row that was put back as it once stood (decision 0022).
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import type { Database, Transaction } from '../../db/database.ts'
import { readSecret, writeSecret } from '../../secrets.ts'

export interface KeyRing {
  /** The version that seals today; older ones still open. */
  current: number
  keys: ReadonlyMap<number, Buffer>
}
export type Sealed = 'post' | 'entitlement' | 'delegation'

/** What counts, in this order; as PostgreSQL's text, so that both sides agree. A place in the tree is no part of it: offices move. */
const COLUMNS: Record<Sealed, readonly string[]> = {
  post: ['id', 'person_id', 'organization_id', 'role', 'valid_from', 'valid_to', 'deputy_of', 'proposal_id', 'delegation_id'],
  entitlement: ['id', 'post_id', 'organization_id', 'role', 'permissions', 'valid_from', 'valid_to', 'proposal_id'],
  delegation: ['id', 'organization_id', 'holder_role', 'roles', 'valid_from', 'valid_to', 'proposal_id'],
}
/** SQL: the sealed text of a row of table alias `a`. */
export const sealedText = (kind: Sealed, a: string) =>
  sql.raw<string>(`concat_ws('|', '${kind}', ${COLUMNS[kind].map((c) => `coalesce(${a}.${c}::text, '~')`).join(', ')})`)

let ring: KeyRing | undefined
/** Seals that were found whole with these keys: the same words with the same seal are not reckoned again each second. */
const whole = new Set<string>()
export function bindKeys(keys: KeyRing): void {
  ring = keys
  whole.clear()
}
const keys = (): KeyRing => {
  if (!ring) throw new Error('no keys for the seals of rights are bound')
  return ring
}
export const inventKeys = (): KeyRing => ({ current: 1, keys: new Map([[1, randomBytes(32)]]) })

const mac = (key: Buffer, text: string): string => createHmac('sm3', key).update(text).digest('hex')

export function isSealed(text: string, given: string | null, version: number | null): boolean {
  const key = version === null ? undefined : (keys().keys.get(version) ?? reread(version))
  if (!key || !given) return false
  const known = `${version}|${given}|${text}`
  if (whole.has(known)) return true
  const [a, b] = [Buffer.from(given), Buffer.from(mac(key, text))]
  if (a.length !== b.length || !timingSafeEqual(a, b)) return false
  if (whole.size > 100_000) whole.clear()
  whole.add(known)
  return true
}

/** The one place that signs. Called in the transaction that wrote the rows. */
export async function seal(trx: Pick<Transaction, 'rows' | 'run'>, kind: Sealed, ids: readonly number[] | 'all'): Promise<void> {
  const which = ids === 'all' ? sql`true` : sql`r.id = ANY (${[...ids]}::integer[])`
  const rows = await trx.rows<{ id: number; text: string }>(sql`SELECT r.id, ${sealedText(kind, 'r')} AS text FROM ${sql.table(`auth.${kind}`)} r WHERE ${which}`)
  const { current, keys: known } = keys()
  const sealed = rows.map((r) => ({ id: r.id, mac: mac(known.get(current)!, r.text) }))
  if (sealed.length)
    await trx.run(sql`UPDATE ${sql.table(`auth.${kind}`)} r SET mac = s.mac, key_version = ${current} FROM jsonb_to_recordset(${JSON.stringify(sealed)}::jsonb) AS s(id integer, mac text) WHERE r.id = s.id`)
}

let source: string | undefined
let rereadAt = 0
/** Another process may have made a new key; looked for once a second, so that forged versions cost nothing. */
function reread(version: number): Buffer | undefined {
  if (!source || Date.now() - rereadAt < 1000) return undefined
  rereadAt = Date.now()
  if (fs.existsSync(source)) bindKeys(ringFrom(source))
  return keys().keys.get(version)
}
function ringFrom(at: string): KeyRing {
  const stored = JSON.parse(readSecret(at)) as { current: number; keys: Record<string, string> }
  return { current: stored.current, keys: new Map(Object.entries(stored.keys).map(([v, k]) => [Number(v), Buffer.from(k, 'base64')])) }
}

const file = (dataDir: string) => process.env.GONGXIE_RIGHTS_KEY_FILE || path.join(dataDir, 'secrets', 'rights-keys.json')

/**
 * The keys of this installation. They are made once, when nothing is sealed yet; what stands in the database then is sealed
 * as it is. Later a missing file is refused: new keys would make every right worthless, or, worse, bless what was forged.
 */
export async function openKeys(db: Database, dataDir: string): Promise<void> {
  const at = file(dataDir)
  source = at
  if (fs.existsSync(at)) return bindKeys(ringFrom(at))
  await db.asSystem('rights.first-seal', async (trx) => {
    await trx.run(sql`SELECT pg_advisory_xact_lock(735201015)`)
    if (fs.existsSync(at)) return
    const before = await trx.one(sql`SELECT 1 FROM auth.post WHERE mac IS NOT NULL UNION ALL SELECT 1 FROM auth.entitlement WHERE mac IS NOT NULL UNION ALL SELECT 1 FROM auth.delegation WHERE mac IS NOT NULL LIMIT 1`)
    if (before) throw new Error(`The key file of rights is missing: ${at}. Put it back from the backup, or name it with GONGXIE_RIGHTS_KEY_FILE.`)
    const made = inventKeys()
    bindKeys(made)
    for (const kind of ['post', 'entitlement', 'delegation'] as const) await seal(trx, kind, 'all')
    writeSecret(at, `${JSON.stringify({ current: 1, keys: { 1: made.keys.get(1)!.toString('base64') } })}\n`)
  })
  if (!ring) await openKeys(db, dataDir)
}

/** A new key seals from now on, and everything that a key we know had sealed; what was not sealed stays worthless. */
export async function rotateKeys(db: Database, dataDir: string): Promise<number> {
  const old = keys()
  const version = Math.max(...old.keys.keys()) + 1
  const next: KeyRing = { current: version, keys: new Map([...old.keys, [version, randomBytes(32)]]) }
  const stored = { current: version, keys: Object.fromEntries([...next.keys].map(([v, k]) => [v, k.toString('base64')])) }
  const at = file(dataDir)
  // Both keys are in the file before the first row carries the new one.
  fs.writeFileSync(`${at}.new`, `${JSON.stringify(stored)}\n`, { mode: 0o600 })
  fs.renameSync(`${at}.new`, at)
  bindKeys(next)
  await db.asSystem('rights.rotate', async (trx) => {
    for (const kind of ['post', 'entitlement', 'delegation'] as const) {
      const rows = await trx.rows<{ id: number; text: string; mac: string | null; version: number | null }>(sql`SELECT r.id, r.mac, r.key_version AS version, ${sealedText(kind, 'r')} AS text FROM ${sql.table(`auth.${kind}`)} r`)
      await seal(trx, kind, rows.filter((r) => isSealed(r.text, r.mac, r.version)).map((r) => r.id))
    }
  })
  return version
}
