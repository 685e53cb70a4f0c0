/**
 * Signed heads in files that can be kept elsewhere. A chain alone cannot see that its tail was cut off: an anchor says how
 * far it had come, and when.
 */
import fs from 'node:fs'
import path from 'node:path'
import { sql } from 'kysely'
import type { Database } from '../db/database.ts'
import { keyOf, sign, type KeyRing } from './key.ts'

export interface Head {
  chain: string
  seq: number
  hash: string
  at: string
  key: number
  /** The database was put back to an earlier state: heads before this one that reach further are void. */
  restored?: string
}
export interface Anchored {
  head: Head
  signature: string
}

export const anchorFolder = (dataDir: string): string => path.resolve(process.env.GONGXIE_AUDIT_ANCHOR_DIR || path.join(dataDir, 'anchors'))

const day = (at: string) => new Date(Date.parse(at) + 8 * 3_600_000).toISOString().slice(0, 10)

function write(folder: string, anchored: Anchored): string {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const text = JSON.stringify(anchored)
  const on = day(anchored.head.at)
  const list = path.join(folder, `heads-${on.slice(0, 7)}.jsonl`)
  const file = fs.openSync(list, 'a', 0o600)
  try {
    fs.writeSync(file, `${text}\n`)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
  // The last head of the day, small enough to be sent or printed.
  const latest = path.join(folder, `head-${on}.json`)
  fs.writeFileSync(`${latest}.${process.pid}`, `${text}\n`, { mode: 0o600 })
  fs.renameSync(`${latest}.${process.pid}`, latest)
  return list
}

/** Anchors the head if it has moved since; null where there is nothing new. */
export async function anchor(db: Database, ring: KeyRing, folder: string, restored?: string): Promise<Head | null> {
  const now = await db.asSystem({ operation: 'audit.anchor', reads: true }, (trx) =>
    trx.one<{ chain: string; seq: number | null; hash: string | null; key: number | null; at: string; anchored: number | null; to: string | null }>(sql`
      SELECT c.id AS chain, s.seq, encode(s.hash, 'hex') AS hash, s.key, clock_timestamp() AS at, c.anchored_seq AS anchored, c.anchored_to AS "to"
      FROM audit.chain c LEFT JOIN LATERAL (SELECT seq, hash, key FROM audit.seal ORDER BY seq DESC LIMIT 1) s ON true`))
  if (!now?.seq || (now.seq === now.anchored && now.to === folder && fs.existsSync(folder) && !restored)) return null
  const head: Head = { chain: now.chain, seq: now.seq, hash: now.hash!, at: now.at, key: ring.current, ...(restored ? { restored } : {}) }
  write(folder, { head, signature: sign(ring.keys.get(ring.current)!, 'head', JSON.stringify(head)) })
  await db.asSystem('audit.anchor', (trx) => trx.run(sql`UPDATE audit.chain SET anchored_seq = ${head.seq}, anchored_at = now(), anchored_to = ${folder}`))
  return head
}

export interface Anchors {
  heads: Head[]
  /** Lines that are no anchors of this key, by file and line. */
  unreadable: string[]
}

/** All heads of a folder in the order of time, without those that a restore made void. */
export function readAnchors(folder: string, ring: KeyRing, chain: string): Anchors {
  const unreadable: string[] = []
  const heads = new Map<string, Head>()
  const files = fs.existsSync(folder) ? fs.readdirSync(folder).filter((f) => /^heads?-.*\.jsonl?$/.test(f)).sort() : []
  for (const file of files)
    for (const [n, text] of fs.readFileSync(path.join(folder, file), 'utf8').split('\n').entries()) {
      if (!text.trim()) continue
      const head = headOf(text, ring)
      if (!head) unreadable.push(`${file}:${n + 1}`)
      else if (head.chain === chain) heads.set(text, head)
    }
  const all = [...heads.values()].sort((a, b) => a.at.localeCompare(b.at))
  const restores = all.filter((h) => h.restored)
  return { unreadable, heads: all.filter((h) => !restores.some((r) => r !== h && r.at > h.at && r.seq < h.seq)) }
}

function headOf(text: string, ring: KeyRing): Head | null {
  try {
    const { head, signature } = JSON.parse(text) as Anchored
    const key = keyOf(ring, head.key)
    return key && sign(key, 'head', JSON.stringify(head)) === signature ? head : null
  } catch {
    return null
  }
}
