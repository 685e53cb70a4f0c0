/**
 * Proves the trail: every number is there once, in order, with the line that was sealed under it; nothing stands in the
 * trail without a seal; and it reaches as far as it was anchored. What does not hold is named by its number.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { Database, Transaction } from '../db/database.ts'
import { readAnchors } from './anchor.ts'
import { archiveText, type ArchiveRow } from './archive-row.rules.ts'
import { canonical, exactly, genesis, link } from './chain.ts'
import { sign, type KeyRing } from './key.ts'

export type Why = 'changed' | 'missing' | 'order' | 'inserted' | 'tail' | 'rewritten' | 'unsealed' | 'key' | 'archive'
export interface Finding {
  seq: number
  why: Why
  entry?: number
  message: string
}
export interface Verdict {
  intact: boolean
  from: number
  to: number
  /** Last number there is. */
  head: number
  checked: number
  archived: number
  findings: Finding[]
  more: boolean
  /** What cannot be said from here, e.g. for want of anchors. */
  notes: string[]
  anchors: { heads: number; latest: { seq: number; at: string } | null }
}
export interface Asked {
  from?: number
  to?: number
  /** Folder of anchors. */
  anchors: string
  /** A line may wait this long for its seal. */
  patience?: number
  batch?: number
  onProgress?: (checked: number, to: number) => Promise<void> | void
}

const KEPT = 100
interface SealRow { seq: number; entryId: number; at: string; key: number; form: number; hash: Buffer }

/** From this number on, newest findings last; the first one is the answer. */
export async function verify(db: Database, ring: KeyRing, asked: Asked): Promise<Verdict> {
  const { anchors: folder, patience = 60, batch = 2000 } = asked
  const read = <T>(run: (trx: Transaction) => Promise<T>) => db.asSystem({ operation: 'audit.verify', reads: true }, run)
  const findings: Finding[] = []
  const notes: string[] = []
  let more = false
  const found = (f: Finding) => void (findings.length < KEPT ? findings.push(f) : (more = true))

  const chain = (await read((trx) => trx.one<{ id: string; head: number }>(sql`SELECT id, coalesce((SELECT max(seq) FROM audit.seal), 0) AS head FROM audit.chain`)))!
  const archives = await read((trx) => trx.rows<ArchiveRow>(sql`SELECT month, first_seq AS "firstSeq", last_seq AS "lastSeq", entries, file, file_sm3 AS "fileSm3", seals_sm3 AS "sealsSm3", key, signature FROM audit.archive ORDER BY month`))
  for (const a of archives) {
    const key = ring.keys.get(a.key)
    if (!key || sign(key, 'archive', archiveText(chain.id, a)) !== a.signature) found({ seq: a.firstSeq, why: 'archive', message: `the archive of ${a.month.slice(0, 7)} is not signed by this platform` })
  }
  const ledger = new Map(archives.map((a) => [a.month.slice(0, 7), { ...a, seen: 0, sum: createHash('sm3') }]))

  const from = Math.max(asked.from ?? 1, 1)
  const to = Math.min(asked.to ?? chain.head, chain.head)
  let before: Buffer | null = from === 1 ? genesis(chain.id) : ((await read((trx) => trx.one<{ hash: Buffer }>(sql`SELECT hash FROM audit.seal WHERE seq = ${from - 1}`)))?.hash ?? null)
  if (!before) found({ seq: from - 1, why: 'missing', message: `there is no seal ${from - 1} to begin from` })
  let expected = from
  let checked = 0
  let archived = 0
  while (expected <= to) {
    const seals = await read((trx) => trx.rows<SealRow>(sql`
      SELECT s.seq, s.entry_id AS "entryId", to_char(s.entry_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, s.key, s.form, s.hash
      FROM audit.seal s WHERE s.seq >= ${expected} AND s.seq <= ${to} ORDER BY s.seq LIMIT ${batch}`))
    if (!seals.length) {
      found({ seq: expected, why: 'missing', message: `numbers ${expected} to ${to} are missing` })
      break
    }
    const lines = await linesOf(read, seals)
    const wrong: { seal: SealRow; before: Buffer; text: string }[] = []
    for (const seal of seals) {
      if (seal.seq !== expected) {
        found({ seq: expected, why: 'missing', message: seal.seq - expected === 1 ? `number ${expected} is missing` : `numbers ${expected} to ${seal.seq - 1} are missing` })
        before = null
      }
      const line = lines.get(seal.entryId)
      const key = ring.keys.get(seal.key)
      const month = ledger.get(monthOf(seal.at))
      if (line === undefined && month) {
        archived++
        month.seen++
        month.sum.update(`${seal.seq} ${seal.hash.toString('hex')}\n`)
      } else if (line === undefined) found({ seq: seal.seq, why: 'missing', entry: seal.entryId, message: `the line that was sealed as number ${seal.seq} is missing` })
      else if (!key) found({ seq: seal.seq, why: 'key', entry: seal.entryId, message: `number ${seal.seq} was sealed with key ${seal.key}, which is not in ${ring.file}` })
      else if (before && !link(key, before, seal.seq, line).equals(seal.hash)) wrong.push({ seal, before, text: line })
      before = seal.hash
      expected = seal.seq + 1
      checked++
    }
    for (const w of wrong) {
      const own = ring.keys.get(w.seal.key)!
      const other = wrong.find((o) => o !== w && link(own, w.before, w.seal.seq, o.text).equals(w.seal.hash))
      found(other
        ? { seq: w.seal.seq, why: 'order', entry: w.seal.entryId, message: `number ${w.seal.seq} changed places with number ${other.seal.seq}` }
        : { seq: w.seal.seq, why: 'changed', entry: w.seal.entryId, message: `number ${w.seal.seq} is not what was sealed` })
    }
    await asked.onProgress?.(checked, to - from + 1)
  }

  const whole = asked.from === undefined && asked.to === undefined
  if (whole) {
    for (const [month, a] of ledger) {
      if (a.seen !== a.entries || a.sum.digest('hex') !== a.sealsSm3) found({ seq: a.firstSeq, why: 'archive', message: `the seals of the archived month ${month} are not those that were archived` })
    }
    await unsealed(read, patience, found)
  }
  const { heads, unreadable } = readAnchors(folder, ring, chain.id)
  if (unreadable.length) notes.push(`${unreadable.length} lines of ${folder} are not anchors signed by this key: ${unreadable.slice(0, 3).join(', ')}`)
  if (!heads.length) notes.push(`no anchors in ${folder}: a tail that was cut off could not be seen`)
  await against(read, heads.filter((h) => h.seq >= from && (asked.to === undefined || h.seq <= asked.to)), chain.head, found)
  const latest = heads.at(-1)
  findings.sort((a, b) => a.seq - b.seq)
  return {
    intact: findings.length === 0, from, to, head: chain.head, checked, archived, findings, more, notes,
    anchors: { heads: heads.length, latest: latest ? { seq: latest.seq, at: latest.at } : null },
  }
}

type Read = <T>(run: (trx: Transaction) => Promise<T>) => Promise<T>

/** Months as the trail is divided: in Chongqing. */
const monthOf = (at: string) => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 7)

async function linesOf(read: Read, seals: readonly SealRow[]): Promise<Map<number, string>> {
  const lines = new Map<number, string>()
  const take = async (of: readonly SealRow[], within: boolean) => {
    const times = of.map((s) => s.at).sort()
    for (const form of new Set(of.map((s) => s.form)))
      for (const row of await read((trx) => trx.rows<{ id: number; text: string }>(sql`
        SELECT e.id, ${canonical(form)} AS text FROM audit.entry e
        WHERE e.id = ANY (${of.filter((s) => s.form === form).map((s) => s.entryId)}::bigint[])
        ${within ? sql`AND e.at BETWEEN ${times[0]}::timestamptz AND ${times.at(-1)}::timestamptz` : sql``}`)))
        lines.set(row.id, row.text)
  }
  await take(seals, true)
  // A line whose time was changed lies in another month now: it is there, and not what was sealed.
  const strayed = seals.filter((s) => !lines.has(s.entryId))
  if (strayed.length) await take(strayed, false)
  return lines
}

/** Written, and yet nowhere in the chain. A line that is just being sealed is given a moment. */
async function unsealed(read: Read, patience: number, found: (f: Finding) => void): Promise<void> {
  const bare = sql`FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.seal s WHERE s.entry_id = e.id) AND e.at < now() - make_interval(secs => ${patience})`
  const look = () => read((trx) => trx.rows<{ id: number; at: string; next: number | null }>(sql`
    SELECT e.id, ${exactly} AS at, (SELECT seq FROM audit.seal s WHERE s.entry_id > e.id ORDER BY s.entry_id LIMIT 1) AS next ${bare} ORDER BY e.id LIMIT ${KEPT}`))
  let rows = await look()
  if (rows.length) {
    await new Promise((resolve) => setTimeout(resolve, 2000))
    rows = await look()
  }
  for (const r of rows.filter((r) => r.next !== null))
    found({ seq: r.next!, why: 'inserted', entry: r.id, message: `line ${r.id} of ${r.at} stands before number ${r.next} and was never sealed` })
  const waiting = rows.find((r) => r.next === null)
  if (!waiting) return
  const { head, n } = (await read((trx) => trx.one<{ head: number; n: number }>(sql`SELECT (SELECT coalesce(max(seq), 0) FROM audit.seal) AS head, count(*) AS n ${bare} AND e.id >= ${waiting.id}`)))!
  found({ seq: head + 1, why: 'unsealed', entry: waiting.id, message: `${n} lines, the first of ${waiting.at}, have been waiting for their seal for more than ${patience} s` })
}

async function against(read: Read, heads: readonly { seq: number; hash: string; at: string }[], last: number, found: (f: Finding) => void): Promise<void> {
  const beyond = heads.filter((h) => h.seq > last)
  if (beyond.length) {
    const furthest = beyond.reduce((a, b) => (b.seq > a.seq ? b : a))
    found({ seq: last + 1, why: 'tail', message: `the trail ends at number ${last}, but was anchored at ${furthest.at} with number ${furthest.seq}: its tail is missing` })
  }
  const within = heads.filter((h) => h.seq <= last)
  if (!within.length) return
  const sealed = new Map((await read((trx) => trx.rows<{ seq: number; hash: string }>(sql`
    SELECT seq, encode(hash, 'hex') AS hash FROM audit.seal WHERE seq = ANY (${[...new Set(within.map((h) => h.seq))]}::bigint[])`))).map((r) => [r.seq, r.hash]))
  const other = within.filter((h) => sealed.get(h.seq) !== h.hash).sort((a, b) => a.seq - b.seq)[0]
  if (other) found({ seq: other.seq, why: 'rewritten', message: `number ${other.seq} is not what was anchored at ${other.at}: the trail up to there was written anew` })
}
