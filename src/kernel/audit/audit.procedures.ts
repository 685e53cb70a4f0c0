/**
 * The auditor reads the trail as its row security lets it be read. Names of whom and what the trail speaks of are looked up
 * as the system: they are part of what it says, and the auditor sees nothing else of the records.
 */
import { sql } from 'kysely'
import { notFound } from '../contract/problem.rules.ts'
import type { Transaction } from '../db/database.ts'
import { handleFreely, type Context } from '../domain.ts'
import { allReports } from '../reports/registry.ts'
import * as ops from './audit.contract.ts'
import { exportTrail } from './export.ts'
import { COLUMNS, cursorOf, page, questionOf, total, type Found } from './search.ts'
import { around, fullOf, looking, rowsOf } from './tell.ts'
import { entityLabel, knownEntities, knownOperations } from './words.ts'

const reading = <T>(context: Context, operation: string, run: (trx: Transaction) => Promise<T>): Promise<T> => context.db.asActor(context.actor, { operation, reads: true }, run)
const dayIn = sql`(e.at AT TIME ZONE 'Asia/Shanghai')::date`
const next = (day: string) => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)
const midnight = (day: string) => `${day}T00:00:00+08:00`

export const auditHandlers = [
  handleFreely(ops.searchEntries, async (context, { cursor, limit, ...asked }) => {
    const question = await questionOf(context.db, asked)
    const [found, counted] = await Promise.all([
      reading(context, 'audit.search', (trx) => page(trx, question, limit + 1, cursor)),
      reading(context, 'audit.search', (trx) => total(trx, question)),
    ])
    const rows = found.slice(0, limit)
    return { rows: await rowsOf(context.db, rows), next: found.length > limit ? cursorOf(rows.at(-1)!) : null, ...counted }
  }),
  handleFreely(ops.readEntry, async (context, { id }) => {
    const found = await reading(context, 'audit.entry', (trx) => trx.one<Found>(sql`SELECT ${COLUMNS} FROM audit.entry e WHERE e.id = ${id}`))
    if (!found) throw notFound('审计记录')
    return fullOf(found, await around(context.db, [found]))
  }),
  handleFreely(ops.recordLife, async (context, { entity, recordId, after, limit }) => {
    // What was entered into a form stands under the form's table, what became of it under the filing: one life.
    const forms = ['reports.filing', ...allReports().map((r) => r.name)]
    const lives = forms.includes(entity) ? forms : [entity]
    const found = await reading(context, 'audit.record', (trx) => trx.rows<Found>(sql`
      SELECT ${COLUMNS} FROM audit.entry e WHERE e.entity = ANY (${lives}::text[]) AND e.record_id = ${recordId} AND e.id > ${after} ORDER BY e.id LIMIT ${limit + 1}`))
    if (!found.length && !after) throw notFound('审计记录')
    const shown = found.slice(0, limit)
    const about = await around(context.db, shown)
    return {
      entityLabel: entityLabel(entity)!, recordName: about.records.get(`${entity} ${recordId}`) ?? null, entries: shown.map((f) => fullOf(f, about)), next: found.length > limit ? shown.at(-1)!.id : null,
    }
  }),
  handleFreely(ops.personDay, async (context, { personId, day: wanted, limit }) => {
    const answer = await reading(context, 'audit.person-day', async (trx) => {
      const one = async (order: 'ASC' | 'DESC', bound: ReturnType<typeof sql>) =>
        (await trx.one<{ day: string }>(sql`SELECT ${dayIn} AS day FROM audit.entry e WHERE e.actor_id = ${personId} ${bound} ORDER BY e.at ${sql.raw(order)}, e.id ${sql.raw(order)} LIMIT 1`))?.day ?? null
      const day = wanted ?? (await one('DESC', sql``))
      if (!day) throw notFound('审计记录')
      const [low, high] = [midnight(day), midnight(next(day))]
      return {
        day, before: await one('DESC', sql`AND e.at < ${low}::timestamptz`), after: await one('ASC', sql`AND e.at >= ${high}::timestamptz`),
        found: await trx.rows<Found>(sql`SELECT ${COLUMNS} FROM audit.entry e WHERE e.actor_id = ${personId} AND e.at >= ${low}::timestamptz AND e.at < ${high}::timestamptz ORDER BY e.at, e.id LIMIT ${limit + 1}`),
      }
    })
    const shown = answer.found.slice(0, limit)
    const person = await looking(context.db, (trx) => trx.one<{ name: string }>(sql`SELECT name FROM auth.person WHERE id = ${personId}`))
    return {
      personName: person?.name ?? shown[0]?.personName ?? null, day: answer.day, before: answer.before, after: answer.after,
      addresses: [...new Set(shown.flatMap((f) => f.address ?? []))], entries: await rowsOf(context.db, shown), more: answer.found.length > limit,
    }
  }),
  handleFreely(ops.chainState, (context) => reading(context, 'audit.chain', async (trx) => {
    const chain = (await trx.one<any>(sql`SELECT id, settled, anchored_seq AS seq, anchored_at AS at, anchored_to AS "to" FROM audit.chain`))!
    const head = await trx.one<any>(sql`SELECT seq, encode(hash, 'hex') AS hash, key, entry_at AS at FROM audit.seal ORDER BY seq DESC LIMIT 1`)
    const waiting = (await trx.one<any>(sql`
      SELECT count(*) AS n, min(e.at) AS oldest FROM audit.entry e WHERE e.id > ${chain.settled} AND NOT EXISTS (SELECT FROM audit.seal s WHERE s.entry_id = e.id)`))!
    return {
      chain: chain.id, head: head ?? null, entries: head?.seq ?? 0, waiting: waiting.n, oldestWaiting: waiting.oldest,
      anchored: chain.seq === null ? null : { seq: chain.seq, at: chain.at, to: chain.to },
      archives: await trx.rows<any>(sql`SELECT to_char(month, 'YYYY-MM') AS month, first_seq AS "firstSeq", last_seq AS "lastSeq", entries, file, at FROM audit.archive ORDER BY month DESC`),
      verifications: await trx.rows<any>(sql`
        SELECT id, asked_at AS "askedAt", asked_by AS "askedBy", from_seq AS "fromSeq", to_seq AS "toSeq", state, checked, first_bad AS "firstBad", findings, ended_at AS "endedAt"
        FROM audit.verification ORDER BY id DESC LIMIT 10`),
    }
  })),
  handleFreely(ops.verifyChain, async (context, { from, to }) => context.db.asSystem('audit.verify', async (trx) => {
    const asked = (await trx.one<{ id: number }>(sql`INSERT INTO audit.verification (asked_by, from_seq, to_seq) VALUES (${context.actor.name}, ${from ?? null}, ${to ?? null}) RETURNING id`))!
    await context.jobs.send(trx, 'audit.verify', asked)
    return asked
  })),
  handleFreely(ops.exportEntries, (context, { format, ...asked }) => exportTrail(context, asked, format)),
  handleFreely(ops.findInTrail, async (context, { what, q }) => {
    const like = `%${q.replace(/[\\%_]/g, '\\$&')}%`
    return {
      found: await looking(context.db, (trx) => trx.rows<{ id: number; name: string; detail: string | null }>(what === 'person'
        ? sql`SELECT n.id, n.name, (SELECT string_agg(DISTINCT o.name, '、') FROM auth.post p JOIN org.organization o ON o.id = p.organization_id WHERE p.person_id = n.id) AS detail FROM auth.person n WHERE n.name LIKE ${like} ORDER BY n.id LIMIT 20`
        : sql`SELECT o.id, o.name, r.name AS detail FROM org.organization o JOIN org.region r ON r.id = o.region_id WHERE o.id IN (SELECT org.organizations_named(${q})) ORDER BY o.kind = 'institution', o.id LIMIT 20`)),
    }
  }),
  handleFreely(ops.trailWords, async () => ({ operations: knownOperations(), entities: knownEntities() })),
]
