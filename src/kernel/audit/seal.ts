/**
 * Seals what was committed: gives it its number and its link. Runs beside the requests, in every process; the lock lets
 * one at a time, so that numbers are consecutive and nothing is sealed twice.
 *
 * Lines get their id when they are written and become visible when their transaction ends, in another order. So nothing is
 * forgotten by "larger than the last": what is not sealed is asked for above the settled id, and that only moves over ids
 * whose transactions have all ended.
 */
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { sql } from 'kysely'
import type { Database, Transaction } from '../db/database.ts'
import { anchor, anchorFolder } from './anchor.ts'
import { canonical, exactly, FORM, genesis, link, SEALING } from './chain.ts'
import { createKey, fingerprint, readKeys, type KeyRing } from './key.ts'

const BATCH = 2000
const PAUSE_MS = 400
const ANCHOR_MS = 60_000
const DAY_MS = 86_400_000

/** Ids handed out up to `upTo`, and the transactions that may still hold some of them. */
interface Watch {
  upTo: number
  open: ReadonlySet<string>
}

/** Whoever writes a line holds this lock from before it has an id until its transaction ends. */
const writers = async (trx: Transaction): Promise<Set<string>> =>
  new Set((await trx.rows<{ v: string }>(sql`
    SELECT DISTINCT virtualtransaction AS v FROM pg_locks
    WHERE locktype = 'relation' AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND relation = 'audit.entry'::regclass AND mode = 'RowExclusiveLock'`)).map((r) => r.v))

async function refuseForeignKey(trx: Transaction, ring: KeyRing): Promise<void> {
  const wanted = fingerprint(ring.keys.get(ring.current)!)
  await trx.run(sql`INSERT INTO audit.key (id, fingerprint) VALUES (${ring.current}, ${wanted}) ON CONFLICT DO NOTHING`)
  const known = await trx.one<{ fingerprint: string }>(sql`SELECT fingerprint FROM audit.key WHERE id = ${ring.current}`)
  if (known!.fingerprint !== wanted) throw new Error(`The trail was sealed with another key than key ${ring.current} of ${ring.file}. Put the right file there (docs/audit.md).`)
}

export class Sealer {
  readonly #db: Database
  readonly #ring: KeyRing
  #watch: Watch = { upTo: 0, open: new Set() }
  constructor(db: Database, ring: KeyRing) {
    this.#db = db
    this.#ring = ring
  }

  /** Seals one batch; `more` says that there is another. null: another process is sealing. */
  async once(): Promise<{ sealed: number; more: boolean } | null> {
    const idle = await this.#db.asSystem({ operation: 'audit.seal', reads: true }, (trx) =>
      trx.one<{ idle: boolean }>(sql`SELECT c.settled >= s.last_value AND s.is_called AS idle FROM audit.chain c, audit.entry_id s`))
    if (idle?.idle) return { sealed: 0, more: false }
    return this.#db.asSystem('audit.seal', async (trx) => {
      const { mine } = (await trx.one<{ mine: boolean }>(sql`SELECT pg_try_advisory_xact_lock(${SEALING}) AS mine`))!
      if (!mine) return null
      await refuseForeignKey(trx, this.#ring)
      // Every row above the settled id is probed by its own key: a few, whatever the statistics believe.
      await trx.run(sql`SET LOCAL enable_hashjoin = off`)
      await trx.run(sql`SET LOCAL enable_mergejoin = off`)
      const open = await writers(trx)
      const over = [...this.#watch.open].every((v) => !open.has(v))
      const chain = (await trx.one<{ id: string; settled: number }>(sql`SELECT id, settled FROM audit.chain`))!
      const rows = await trx.rows<{ id: number; at: string; text: string; reasoned: boolean }>(sql`
        SELECT e.id, ${exactly} AS at, ${canonical()} AS text, e.reason IS NOT NULL AS reasoned FROM audit.entry e
        WHERE e.id > ${chain.settled} AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.entry_id = e.id) ORDER BY e.id LIMIT ${BATCH}`)
      const more = rows.length === BATCH
      if (rows.length) await this.#write(trx, chain.id, rows)
      const settled = over ? Math.min(this.#watch.upTo, more ? rows.at(-1)!.id : Infinity) : 0
      if (settled > chain.settled) await trx.run(sql`UPDATE audit.chain SET settled = ${settled}`)
      if (over) {
        const { upTo } = (await trx.one<{ upTo: number }>(sql`SELECT last_value AS "upTo" FROM audit.entry_id`))!
        // Asked for after the last id: whoever holds one of these ids and has not ended is among them.
        this.#watch = { upTo, open: await writers(trx) }
      }
      return { sealed: rows.length, more }
    })
  }

  async #write(trx: Transaction, chainId: string, rows: readonly { id: number; at: string; text: string; reasoned: boolean }[]): Promise<void> {
    const head = await trx.one<{ seq: number; hash: Buffer }>(sql`SELECT seq, hash FROM audit.seal ORDER BY seq DESC LIMIT 1`)
    const key = this.#ring.keys.get(this.#ring.current)!
    let seq = head?.seq ?? 0
    let hash = head?.hash ?? genesis(chainId)
    const hashes = rows.map((r) => (hash = link(key, hash, ++seq, r.text)))
    await trx.run(sql`
      INSERT INTO audit.seal (seq, entry_id, entry_at, key, form, hash)
      SELECT ${head?.seq ?? 0} + n, id, at, ${this.#ring.current}, ${FORM}, decode(hash, 'hex')
      FROM unnest(${rows.map((r) => r.id)}::bigint[], ${rows.map((r) => r.at)}::timestamptz[], ${hashes.map((h) => h.toString('hex'))}::text[]) WITH ORDINALITY AS s (id, at, hash, n)`)
    const reasoned = rows.filter((r) => r.reasoned).map((r) => r.id)
    if (reasoned.length)
      await trx.run(sql`
        INSERT INTO audit.reason (key, reason, grams, since)
        SELECT key, reason, app.grams(reason), since FROM (
          SELECT reason_key AS key, min(reason) AS reason, min(at) AS since FROM audit.entry WHERE id = ANY (${reasoned}::bigint[]) GROUP BY 1) r ON CONFLICT DO NOTHING`)
  }

  /** Until nothing is left, or another process is at it. */
  async all(): Promise<number> {
    let n = 0
    for (;;) {
      const done = await this.once()
      n += done?.sealed ?? 0
      if (!done?.more) return n
    }
  }
}

/** The key of this data folder; made where the trail has never been sealed, and never where it has. */
export async function openKeys(db: Database, dataDir: string): Promise<KeyRing> {
  const found = readKeys(dataDir)
  if (found) return found
  const sealed = await db.asSystem('audit.keys', (trx) => trx.one(sql`SELECT id FROM audit.key LIMIT 1`))
  if (sealed) throw new Error('The trail was sealed with a key that is not in this data folder. Put it into secrets/audit-key, or name it with GONGXIE_AUDIT_KEY_FILE (docs/audit.md).')
  createKey(dataDir)
  return readKeys(dataDir)!
}

/** Months are opened ahead by the owner of the tables: this one and the next three. */
export async function openMonths(owner: pg.ClientConfig): Promise<void> {
  const client = new pg.Client(owner)
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(`CALL audit.open_months(app.today(), (app.today() + interval '3 months')::date)`)
  } finally {
    await client.end()
  }
}

export interface Sealing {
  /** Seals what is left and anchors the last head. */
  stop(): Promise<void>
}

/** Seals within a second of each commit, and anchors the head every minute in which there was something new. */
export function startSealing(db: Database, dataDir: string, warn: (line: string) => void = () => {}): Sealing {
  const ending = new AbortController()
  let said = ''
  const tell = (error: unknown) => {
    const line = `audit: ${(error as Error).message}`
    if (line !== said) warn((said = line))
  }
  let sealer: Sealer | undefined
  let ring: KeyRing | undefined
  let anchored = 0
  let opened = 0
  const round = async (last: boolean) => {
    // Once a minute the file is looked at again: the key may have been changed beside us.
    const minute = Date.now() - anchored >= ANCHOR_MS
    const now = sealer && !minute ? ring! : await openKeys(db, dataDir)
    if (!sealer || now.current !== ring!.current) sealer = new Sealer(db, now)
    ring = now
    if (!last && Date.now() - opened > DAY_MS) {
      await openMonths(db.owner)
      opened = Date.now()
    }
    await sealer.all()
    if (last || minute) {
      await anchor(db, ring, anchorFolder(dataDir))
      anchored = Date.now()
    }
    said = ''
  }
  const running = (async () => {
    while (!ending.signal.aborted) {
      await round(false).catch(tell)
      await delay(PAUSE_MS, undefined, { signal: ending.signal, ref: false }).catch(() => {})
    }
    await round(true).catch(tell)
  })()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}
