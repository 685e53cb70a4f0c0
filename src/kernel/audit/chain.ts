/**
 * How a line of the trail becomes a text, and a text a link: h(n) = HMAC-SM3(key, h(n-1) ‖ n ‖ text(n)).
 *
 * The text is made by the database, because only there is every value exact; but the expression is ours and not a
 * function of the database, which whoever owns the database could replace. It must read the same after a restore and on
 * every version of PostgreSQL: instants as UTC with microseconds, jsonb in its canonical form, names found in pg_catalog.
 */
import { createHash, createHmac } from 'node:crypto'
import { sql } from 'kysely'

/** The way of making the text that seals use now. A former way stays here as long as anything was sealed by it. */
export const FORM = 1
const AT = `pg_catalog.to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
const FORMS: Readonly<Record<number, string>> = {
  1: `pg_catalog.jsonb_build_array(e.id, ${AT}, e.kind, e.actor_id, e.actor_name, e.post_id, e.role, e.actor_organization_id, e.session, e.address, e.operation, e.entity, e.record_id,
    e.org_path, e.action, e.changes, e.detail, e.result, e.code, e.reason, e.basis, e.batch_id, e.matter, e.clause)::text`,
}
/** Names of the places in the text, for whoever reads an archive. */
export const PLACES = ['id', 'at', 'kind', 'actorId', 'actorName', 'postId', 'role', 'organizationId', 'session', 'address', 'operation', 'entity', 'recordId', 'orgPath', 'action', 'changes', 'detail', 'result', 'code', 'reason', 'basis', 'batchId', 'matter', 'clause'] as const

/** Of `audit.entry e`. */
export const canonical = (form = FORM) => {
  const text = FORMS[form]
  if (!text) throw new Error(`Lines of form ${form} were sealed by a newer version of this program.`)
  return sql.raw<string>(text)
}
export const exactly = sql.raw<string>(AT)

/** What the first link hangs on: the number of this chain, so that two trails are never one another's beginning. */
export const genesis = (chainId: string): Buffer => createHash('sm3').update(`gongxie ${chainId}`).digest()
export const link = (key: Buffer, before: Buffer, seq: number, text: string): Buffer => createHmac('sm3', key).update(before).update(`${seq}\n`).update(text).digest()

/** The platform's audit lock: one sealer at a time, whichever process it is in. */
export const SEALING = 735_201_031
