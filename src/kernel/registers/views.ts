import { sql } from 'kysely'
import { forbidden, notFound, refused } from '../contract/problem.rules.ts'
import type { Transaction } from '../db/database.ts'
import { handle } from '../domain.ts'
import { deleteView, listViews, saveView, type SavedView } from './views.contract.ts'

/** More than a person can tell apart; keeps a runaway script from filling the table. */
const MOST = 50
/** Of all pages together: a page's address is the client's to say. */
const MOST_IN_ALL = 500

function owner(trx: Transaction): number {
  if (!trx.actor) throw forbidden()
  return trx.actor.personId
}

export const viewHandlers = [
  handle(listViews, async (trx, { page }) => ({
    views: await trx.rows<SavedView>(sql`SELECT id, name, query FROM auth.saved_view WHERE person_id = ${owner(trx)} AND page = ${page} ORDER BY name`),
  })),
  handle(saveView, async (trx, { page, name, query }) => {
    const person = owner(trx)
    const others = (await trx.one<{ here: number; all: number }>(sql`SELECT count(*) FILTER (WHERE page = ${page}) AS here, count(*) AS all FROM auth.saved_view WHERE person_id = ${person} AND NOT (page = ${page} AND name = ${name})`))!
    if (others.here >= MOST) throw refused(`一个页面最多保存 ${MOST} 个视图，请先删除不用的。`)
    if (others.all >= MOST_IN_ALL) throw refused(`每人最多保存 ${MOST_IN_ALL} 个视图，请先在各页面删除不用的。`)
    const saved = await trx.one<SavedView>(sql`
      INSERT INTO auth.saved_view (person_id, page, name, query) VALUES (${person}, ${page}, ${name}, ${JSON.stringify(query)}::jsonb)
      ON CONFLICT ON CONSTRAINT saved_view_name DO UPDATE SET query = excluded.query RETURNING id, name, query`)
    return saved!
  }),
  handle(deleteView, async (trx, { id }) => {
    if (!(await trx.run(sql`DELETE FROM auth.saved_view WHERE id = ${id} AND person_id = ${owner(trx)}`))) throw notFound('视图')
    return { ok: true as const }
  }),
]
