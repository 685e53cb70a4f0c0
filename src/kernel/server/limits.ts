/**
 * How often somebody may ask (C46): by person when signed in, by address otherwise, so that five hundred people behind one
 * proxy are five hundred. Each process counts in memory and settles with the others once a second through the database,
 * only for those who have used a tenth of what they may: an ordinary person costs nothing.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Rate } from '../contract/contract.rules.ts'
import type { Database } from '../db/database.ts'

/** `anonymous`: requests that need a session and bring none, by address. */
export type Counted = Rate | 'anonymous'
export interface Budget {
  times: number
  seconds: number
}
/** Far above what a page asks for: they stop programs that run wild, not people. */
export const BUDGETS: Readonly<Record<Counted, Budget>> = {
  read: { times: 400, seconds: 10 },
  search: { times: 100, seconds: 10 },
  write: { times: 150, seconds: 10 },
  upload: { times: 30, seconds: 60 },
  export: { times: 30, seconds: 60 },
  'sign-in': { times: 600, seconds: 10 },
  anonymous: { times: 600, seconds: 10 },
}
export const EXPORTS_AT_ONCE = 2
/** Longer than any export may take. */
const PLACE_SECONDS = 300
const SETTLE_MS = 1_000
const WORTH_SETTLING = 0.1

/** `read=400/10,export=30/60`: what GONGXIE_LIMITS says; what it does not name stays as it is. */
export function budgetsFrom(text: string | undefined): Record<Counted, Budget> {
  const budgets: Record<Counted, Budget> = { ...BUDGETS }
  for (const part of (text ?? '').split(',').filter(Boolean)) {
    const [, name, times, seconds] = /^\s*([a-z-]+)=(\d+)\/(\d+)\s*$/.exec(part) ?? []
    if (!name || !(name in BUDGETS) || Number(times) < 1 || Number(seconds) < 1)
      throw new Error(`GONGXIE_LIMITS: "${part}" is not NAME=TIMES/SECONDS with one of ${Object.keys(BUDGETS).join(', ')}.`)
    budgets[name as Counted] = { times: Number(times), seconds: Number(seconds) }
  }
  return budgets
}

export interface Limits {
  /** Counts one request, or refuses it. */
  count(what: Counted, who: string): void
  /** A place for taking a file out; the answer gives it back. */
  placeFor(personId: number): Promise<() => Promise<void>>
  /** Counts together with the other processes; runs by itself once a second. */
  settle(): Promise<void>
  close(): void
}

interface Use {
  slot: number
  own: number
  others: number
}

export function openLimits(db: Database, budgets: Readonly<Record<Counted, Budget>> = BUDGETS, now: () => number = Date.now): Limits {
  const process = randomUUID()
  const uses: Record<Counted, Map<string, Use>> = Object.fromEntries(Object.keys(BUDGETS).map((k) => [k, new Map()])) as never
  const names = Object.keys(BUDGETS) as Counted[]
  let cleaned = 0

  async function settle(): Promise<void> {
    const due: { key: string; slot: number; used: number; use: Use }[] = []
    for (const what of names) {
      const { times, seconds } = budgets[what]
      const slot = Math.floor(now() / (seconds * 1000))
      for (const [who, use] of uses[what]) {
        if (use.slot < slot) uses[what].delete(who)
        else if (use.own >= times * WORTH_SETTLING) due.push({ key: `${what} ${who}`, slot, used: use.own, use })
      }
    }
    if (due.length)
      await db.asSystem('limits.settle', async (trx) => {
        await trx.run(sql`
          INSERT INTO app.rate_use (key, slot, process, used)
          SELECT key, slot, ${process}::uuid, used FROM unnest(${due.map((d) => d.key)}::text[], ${due.map((d) => d.slot)}::bigint[], ${due.map((d) => d.used)}::int[]) AS d(key, slot, used)
          ON CONFLICT (key, slot, process) DO UPDATE SET used = excluded.used, at = now()`)
        const others = await trx.rows<{ key: string; slot: number; used: number }>(sql`
          SELECT key, slot, sum(used)::int AS used FROM app.rate_use
          WHERE key = ANY (${due.map((d) => d.key)}::text[]) AND process <> ${process}::uuid GROUP BY key, slot`)
        const found = new Map(others.map((o) => [`${o.key} ${o.slot}`, o.used]))
        for (const d of due) {
          d.use.others = found.get(`${d.key} ${d.slot}`) ?? 0
        }
      })
    if (now() - cleaned > 60_000) {
      cleaned = now()
      await db.asSystem('limits.settle', async (trx) => {
        await trx.run(sql`DELETE FROM app.rate_use WHERE at < now() - interval '10 minutes'`)
        await trx.run(sql`DELETE FROM app.export_place WHERE until < now()`)
        // Whoever repeats a request does so within minutes.
        await trx.run(sql`DELETE FROM app.idempotency WHERE at < now() - interval '2 days'`)
      })
    }
  }
  // A database that is away counts nothing together; each process still counts by itself.
  let settling = false
  const timer = setInterval(() => {
    if (settling) return
    settling = true
    void settle().catch(() => {}).finally(() => (settling = false))
  }, SETTLE_MS)
  timer.unref()

  return {
    count(what, who) {
      const { times, seconds } = budgets[what]
      const at = now()
      const slot = Math.floor(at / (seconds * 1000))
      let use = uses[what].get(who)
      if (!use || use.slot !== slot) uses[what].set(who, (use = { slot, own: 0, others: 0 }))
      if (use.own + use.others >= times) {
        const retryAfter = Math.max(1, Math.ceil(((slot + 1) * seconds * 1000 - at) / 1000))
        throw new Problem('too_many', `操作太频繁，请等 ${retryAfter} 秒后再试，您填写的内容还在本页。`, { params: { retryAfter } })
      }
      use.own++
    },
    async placeFor(personId) {
      const got = await db.asSystem('limits.export', (trx) => trx.one<{ place: number }>(sql`
        WITH free AS (
          SELECT n FROM generate_series(1, ${EXPORTS_AT_ONCE}::int) AS n
          WHERE NOT EXISTS (SELECT FROM app.export_place p WHERE p.person_id = ${personId} AND p.place = n AND p.until > now())
            -- Two that ask at once take turns.
            AND pg_advisory_xact_lock(735201042, ${personId}::int) IS NOT NULL
          ORDER BY n LIMIT 1)
        INSERT INTO app.export_place (person_id, place, process, until)
        SELECT ${personId}, n, ${process}::uuid, now() + make_interval(secs => ${PLACE_SECONDS}) FROM free
        ON CONFLICT (person_id, place) DO UPDATE SET process = excluded.process, until = excluded.until WHERE export_place.until <= now()
        RETURNING place`))
      if (!got) throw new Problem('too_many', `您已有 ${EXPORTS_AT_ONCE} 个导出正在进行，请等其中一个完成后再试。`, { params: { retryAfter: 5 } })
      return async () => {
        await db.asSystem('limits.export', (trx) => trx.run(sql`
          DELETE FROM app.export_place WHERE person_id = ${personId} AND place = ${got.place} AND process = ${process}::uuid`))
      }
    },
    settle,
    close() {
      clearInterval(timer)
    },
  }
}
