import { sql } from 'kysely'
import { handle } from '../../domain.ts'
import { refused } from '../../contract/problem.rules.ts'
import { forgetSessions } from '../session.procedures.ts'
import * as ops from './proposal.contract.ts'
import { decide, proposalKinds, readProposal, readProposals, sortChosen, stateSql, withdraw, withStuck } from './proposal.ts'

export const proposalHandlers = [
  handle(ops.listProposals, async (trx, { view, kind, state, before, limit }, { db }) => {
    const me = trx.actor!.personId
    const conditions = [
      sql`(${before ?? null}::integer IS NULL OR q.id < ${before ?? null})`, sql`(${kind ?? null}::text IS NULL OR q.kind = ${kind ?? null})`, sql`(${state ?? null}::text IS NULL OR ${stateSql} = ${state ?? null})`,
      ...(view === 'mine' ? [sql`(q.proposed_by = ${me} OR q.person_id = ${me})`] : view === 'waiting' ? [sql`q.state = 'proposed' AND q.expires_at > now() AND q.proposed_by IS DISTINCT FROM ${me} AND q.person_id IS DISTINCT FROM ${me}`] : []),
    ]
    const found = await readProposals(trx, sql.join(conditions, sql` AND `), limit + 1)
    const more = found.length > limit
    if (more) found.pop()
    // An inbox holds what one can decide; the rest of what waits is history to the reader.
    const { faces, deciders } = await withStuck(db, found.filter((f) => view !== 'waiting' || f.face.can.includes('decide')))
    const { permissions } = trx.actor!
    return { proposals: faces, next: more ? found.at(-1)!.row.id : null, kinds: proposalKinds(), deciders: permissions.includes('security.decide') || permissions.includes('system.operate') ? deciders : null }
  }),
  handle(ops.countProposals, async (trx) => {
    const me = trx.actor!.personId
    const waiting = sql`q.state = 'proposed' AND q.expires_at > now() AND q.proposed_by IS DISTINCT FROM ${me} AND q.person_id IS DISTINCT FROM ${me}`
    if (trx.actor!.permissions.includes('security.decide')) return { count: (await trx.one<{ n: number }>(sql`SELECT count(*) AS n FROM auth.proposal q WHERE ${waiting}`))!.n }
    if (!trx.actor!.permissions.includes('person.update')) return { count: 0 }
    return { count: (await readProposals(trx, waiting, 200)).filter((f) => f.face.can.includes('decide')).length }
  }),
  handle(ops.getProposal, async (trx, { id }, { db }) => (await withStuck(db, [await readProposal(trx, id)])).faces[0]!),
  handle(ops.approveProposal, async (trx, { id, version, decision }) => {
    await decide(trx, id, version, 'approved', decision)
    forgetSessions()
    return (await readProposal(trx, id)).face
  }),
  handle(ops.rejectProposal, async (trx, { id, version, decision }) => {
    await decide(trx, id, version, 'rejected', decision)
    return (await readProposal(trx, id)).face
  }),
  handle(ops.withdrawProposal, async (trx, { id, version }) => {
    await withdraw(trx, id, version)
    return (await readProposal(trx, id)).face
  }),
  handle(ops.previewApproval, async (trx, { chosen }) => {
    const { fit, unfit } = await sortChosen(trx, chosen)
    return { fit: fit.map((f) => f.face), unfit }
  }),
  handle(ops.approveMany, async (trx, { chosen, expected, decision }) => {
    const { fit } = await sortChosen(trx, chosen)
    if (fit.length !== expected) throw refused(`预览之后有变化：预览时可以同意 ${expected} 件，现在是 ${fit.length} 件。请重新预览。`)
    for (const { row } of fit) await decide(trx, row.id, row.version, 'approved', decision)
    forgetSessions()
    return { approved: fit.length }
  }),
]
