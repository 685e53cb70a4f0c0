/**
 * A month that is no longer needed online becomes a file: every line with its number and link, signed, verifiable without
 * the database. Its seals stay, so the chain holds across the cut and the file can be proven against them for ever.
 */
import { createHash, type Hash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import path from 'node:path'
import readline from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import pg from 'pg'
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Database } from '../db/database.ts'
import { archiveText, type ArchiveRow } from './archive-row.rules.ts'
import { canonical, genesis, link, PLACES } from './chain.ts'
import { keyOf, sign, type KeyRing } from './key.ts'

/** 网络安全法 asks for six months; what is younger stays online whatever is asked. */
export const MONTHS_ONLINE = 6
const BATCH = 5000

export interface Archived extends ArchiveRow {
  bytes: number
}

/** Months that end before `before` and are old enough. */
async function monthsBefore(db: Database, before: string): Promise<string[]> {
  return db.asSystem({ operation: 'audit.archive', reads: true }, async (trx) => {
    const asked = (await trx.one<{ allowed: boolean; latest: string }>(sql`
      SELECT ${before}::date <= app.today() - make_interval(months => ${MONTHS_ONLINE}) AS allowed, (app.today() - make_interval(months => ${MONTHS_ONLINE}))::date AS latest`))!
    if (!asked.allowed) throw new Problem('refused', `The trail stays online for ${MONTHS_ONLINE} months: --before may be ${asked.latest} at the latest.`)
    return (await trx.rows<{ month: string }>(sql`
      SELECT to_char(m, 'YYYY-MM-DD') AS month FROM (SELECT to_date(substr(c.relname, 7), 'YYYY_MM') AS m FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit.entry'::regclass AND c.relname ~ '^entry_[0-9]{4}_[0-9]{2}$') x WHERE m + interval '1 month' <= ${before}::date ORDER BY m`)).map((r) => r.month)
  })
}

/** Writes the files and drops the months, one after the other; a month that does not verify stops it. */
export async function archiveBefore(db: Database, ring: KeyRing, before: string, folder: string, say: (line: string) => void): Promise<Archived[]> {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const done: Archived[] = []
  for (const month of await monthsBefore(db, before)) {
    const made = await archiveMonth(db, ring, month, folder)
    if (made) done.push(made)
    say(made ? `${month.slice(0, 7)}: ${made.entries} lines, numbers ${made.firstSeq} to ${made.lastSeq}, in ${made.file}` : `${month.slice(0, 7)}: empty, removed`)
  }
  return done
}

async function archiveMonth(db: Database, ring: KeyRing, month: string, folder: string): Promise<Archived | null> {
  const name = `audit.entry_${month.slice(0, 7).replace('-', '_')}`
  const key = ring.keys.get(ring.current)!
  const chain = (await db.asSystem({ operation: 'audit.archive', reads: true }, (trx) => trx.one<{ id: string }>(sql`SELECT id FROM audit.chain`)))!.id
  const within = sql`e.at >= (${month}::timestamp AT TIME ZONE 'Asia/Shanghai') AND e.at < ((${month}::timestamp + interval '1 month') AT TIME ZONE 'Asia/Shanghai')`
  const bare = (await db.asSystem({ operation: 'audit.archive', reads: true }, (trx) => trx.one<{ n: number }>(sql`
    SELECT count(*) AS n FROM audit.entry e WHERE ${within} AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.entry_id = e.id)`)))!.n
  if (bare) throw new Problem('refused', `${month.slice(0, 7)} has ${bare} lines without a seal: start the platform, or run "audit seal", and try again.`)

  const file = path.join(folder, `audit-${month.slice(0, 7)}.jsonl.gz`)
  if (fs.existsSync(file)) throw new Problem('refused', `${file} is already there. An archive is never written over.`)
  const beside = `${file}.part`
  const packed = createGzip()
  const out = fs.createWriteStream(beside, { mode: 0o600 })
  const writing = pipeline(packed, out)
  writing.catch(() => {})
  const put = async (value: unknown) => {
    if (!packed.write(`${JSON.stringify(value)}\n`)) await once(packed, 'drain')
  }
  await put({ chain, month: month.slice(0, 7), places: PLACES })
  const seals = createHash('sm3')
  let first = 0
  let last = 0
  let entries = 0
  for (;;) {
    const rows = await db.asSystem({ operation: 'audit.archive', reads: true }, (trx) => trx.rows<{ seq: number; key: number; form: number; hash: Buffer; before: Buffer | null; text: string }>(sql`
      SELECT s.seq, s.key, s.form, s.hash, (SELECT hash FROM audit.seal b WHERE b.seq = s.seq - 1) AS before, ${canonical()} AS text
      FROM audit.seal s JOIN audit.entry e ON e.id = s.entry_id AND e.at = s.entry_at
      WHERE s.seq > ${last} AND ${within}
      ORDER BY s.seq LIMIT ${BATCH}`))
    for (const r of rows) {
      const own = keyOf(ring, r.key)
      const before = r.before ?? (r.seq === 1 ? genesis(chain) : null)
      if (!own || !before || !link(own, before, r.seq, r.text).equals(r.hash)) throw await abandon(writing, packed, beside, `number ${r.seq} does not verify; nothing was archived. Run "audit verify".`)
      first ||= r.seq
      await put([r.seq, r.key, r.form, before.toString('hex'), r.hash.toString('hex'), r.text])
      seals.update(`${r.seq} ${r.hash.toString('hex')}\n`)
      last = r.seq
      entries++
    }
    if (rows.length < BATCH) break
  }
  const count = (await db.asSystem({ operation: 'audit.archive', reads: true }, (trx) => trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM audit.entry e WHERE ${within}`)))!.n
  if (count !== entries) throw await abandon(writing, packed, beside, `${month.slice(0, 7)} has ${count} lines, ${entries} of them in the chain; nothing was archived. Run "audit verify".`)
  if (!entries) {
    await abandon(writing, packed, beside, '')
    await drop(db.owner, name, null)
    return null
  }
  const told = { chain, month, firstSeq: first, lastSeq: last, entries, sealsSm3: seals.digest('hex'), key: ring.current }
  await put({ ...told, signature: sign(key, 'archive', JSON.stringify(told)) })
  packed.end()
  await writing
  const held = fs.openSync(beside, 'r')
  fs.fsyncSync(held)
  fs.closeSync(held)
  fs.renameSync(beside, file)
  const row = { month, firstSeq: first, lastSeq: last, entries, file: path.basename(file), fileSm3: await sm3Of(file), sealsSm3: told.sealsSm3, key: ring.current }
  const signed: ArchiveRow = { ...row, signature: sign(key, 'archive', archiveText(chain, row)) }
  await drop(db.owner, name, signed)
  return { ...signed, bytes: fs.statSync(file).size }
}

async function abandon(writing: Promise<void>, packed: NodeJS.WritableStream, beside: string, message: string): Promise<Problem> {
  packed.end()
  await writing
  fs.rmSync(beside, { force: true })
  return new Problem('refused', message)
}

/** The month goes and its record comes, together or not at all. Waits for nobody long. */
async function drop(owner: pg.ClientConfig, name: string, row: ArchiveRow | null): Promise<void> {
  const client = new pg.Client(owner)
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(`BEGIN; SET LOCAL lock_timeout = '10s'`)
    if (row)
      await client.query(`INSERT INTO audit.archive (month, first_seq, last_seq, entries, file, file_sm3, seals_sm3, key, signature) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
        [row.month, row.firstSeq, row.lastSeq, row.entries, row.file, row.fileSm3, row.sealsSm3, row.key, row.signature])
    await client.query(`DROP TABLE ${name}`)
    await client.query('COMMIT')
  } finally {
    await client.end()
  }
}

async function sm3Of(file: string): Promise<string> {
  const hash: Hash = createHash('sm3')
  for await (const part of fs.createReadStream(file)) hash.update(part as Buffer)
  return hash.digest('hex')
}

export interface ArchiveVerdict {
  intact: boolean
  month: string | null
  entries: number
  firstSeq: number | null
  lastSeq: number | null
  sm3: string
  /** The first line that is wrong, by its number, and why. */
  firstBad: number | null
  why: string | null
}

/** Proves a file by itself; with the database also against what was recorded there is for whoever calls. */
export async function verifyArchive(ring: KeyRing, file: string): Promise<ArchiveVerdict> {
  const verdict: ArchiveVerdict = { intact: false, month: null, entries: 0, firstSeq: null, lastSeq: null, sm3: await sm3Of(file), firstBad: null, why: null }
  const bad = (seq: number | null, why: string): ArchiveVerdict => ({ ...verdict, firstBad: seq, why })
  const seals = createHash('sm3')
  const unpacked = createGunzip()
  const source = fs.createReadStream(file)
  source.on('error', (error) => unpacked.destroy(error))
  source.pipe(unpacked)
  let chain: string | null = null
  const tails: { signature: string; entries: number; sealsSm3: string; key: number }[] = []
  let before: Buffer | null = null
  try {
    for await (const text of readline.createInterface({ input: unpacked, crlfDelay: Infinity })) {
      const value = JSON.parse(text) as unknown
      if (!Array.isArray(value)) {
        const told = value as { chain: string; month: string; signature?: string }
        if (chain === null) {
          chain = told.chain
          verdict.month = told.month
        } else tails.push(value as (typeof tails)[number])
        continue
      }
      const [seq, keyId, , previous, hash, line] = value as [number, number, number, string, string, string]
      if (tails.length) return bad(seq, `number ${seq} stands behind the end`)
      const key = keyOf(ring, keyId)
      if (!key) return bad(seq, `number ${seq} was sealed with key ${keyId}, which is not in ${ring.file}`)
      if (verdict.lastSeq !== null && seq <= verdict.lastSeq) return bad(seq, `number ${seq} is out of order`)
      if (verdict.lastSeq !== null && seq === verdict.lastSeq + 1 && before!.toString('hex') !== previous) return bad(seq, `number ${seq} does not hang on number ${seq - 1}`)
      if (link(key, Buffer.from(previous, 'hex'), seq, line).toString('hex') !== hash) return bad(seq, `number ${seq} is not what was sealed`)
      seals.update(`${seq} ${hash}\n`)
      before = Buffer.from(hash, 'hex')
      verdict.firstSeq ??= seq
      verdict.lastSeq = seq
      verdict.entries++
    }
  } catch (error) {
    return bad(verdict.lastSeq === null ? null : verdict.lastSeq + 1, `the file cannot be read further: ${(error as Error).message}`)
  }
  if (tails.length !== 1) return bad(verdict.lastSeq === null ? null : verdict.lastSeq + 1, 'the end is missing')
  const { signature, ...told } = tails[0]!
  const key = keyOf(ring, told.key)
  if (!key || sign(key, 'archive', JSON.stringify(told)) !== signature) return bad(null, 'the signature at its end does not hold')
  if (told.entries !== verdict.entries || told.sealsSm3 !== seals.digest('hex')) return bad(null, 'lines are missing or were added')
  return { ...verdict, intact: true }
}
