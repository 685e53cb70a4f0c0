/**
 * Propose and approve. A kind says in words what it is, whether somebody may decide it besides the security administrator,
 * and what is done on approval; that is done in the transaction of the approval. The state goes one way, in the database:
 * UPDATE … WHERE state = 'proposed' AND version = …, so of fifty approvals at once one has an effect.
 */
import { sql } from 'kysely'
import type { Transaction } from '../../db/database.ts'
import { Problem, forbidden, notFound, refused } from '../../contract/problem.rules.ts'
import { STATES, type ProposalRow, type ProposalState } from './proposal.contract.ts'

export interface Proposal {
  id: number
  version: number
  kind: string
  state: ProposalState
  payload: any
  shown: ProposalRow['shown']
  summary: string
  reason: string
  personId: number | null
  role: string | null
  organizationId: number
  orgPath: string
  proposedBy: number | null
}
export interface ProposalKind {
  label: string
  /** Besides the security administrator: an office whose delegation covers it. */
  mayDecide?: (trx: Transaction, proposal: Proposal) => Promise<boolean>
  apply: (trx: Transaction, proposal: Proposal) => Promise<void>
}

const kinds = new Map<string, ProposalKind>()
export function registerProposalKind(name: string, kind: ProposalKind): void {
  kinds.set(name, kind)
}
export const proposalKinds = () => [...kinds].map(([kind, k]) => ({ kind, label: k.label }))

/** A proposal that nobody decided within a month is no longer what was meant. */
const DAYS = 30

export interface Wanted {
  kind: string
  payload: unknown
  shown: ProposalRow['shown']
  summary: string
  reason: string
  personId: number | null
  role: string | null
  organizationId: number
  path: string
  batchId?: number | null
}
export async function propose(trx: Transaction, wanted: Wanted): Promise<number> {
  const actor = trx.actor
  if (!kinds.has(wanted.kind)) throw new Error(`no kind of proposal is called ${wanted.kind}`)
  if (actor && wanted.personId === actor.personId) throw refused('不能为自己申请授权，请由其他有权限的人办理。')
  const twin = await trx.one<{ id: number }>(sql`
    SELECT id FROM auth.proposal WHERE state = 'proposed' AND expires_at > now() AND kind = ${wanted.kind} AND person_id IS NOT DISTINCT FROM ${wanted.personId} AND payload = ${JSON.stringify(wanted.payload)}::jsonb`)
  if (twin) throw refused('同样的申请已经在等待审批，不必重复提出。', { params: { proposal: twin.id } })
  return (await trx.one<{ id: number }>(sql`
    INSERT INTO auth.proposal (kind, payload, shown, summary, reason, person_id, role, organization_id, org_path, proposed_by, proposed_by_name, expires_at, batch_id)
    VALUES (${wanted.kind}, ${JSON.stringify(wanted.payload)}, ${JSON.stringify(wanted.shown)}, ${wanted.summary}, ${wanted.reason}, ${wanted.personId}, ${wanted.role}, ${wanted.organizationId}, ${wanted.path},
      ${actor?.personId ?? null}, ${actor?.name ?? '系统'}, now() + make_interval(days => ${DAYS}), ${wanted.batchId ?? null})
    RETURNING id`))!.id
}

/** Past its day a proposal is expired, whatever the row still says. */
export const stateSql = sql<ProposalState>`CASE WHEN q.state = 'proposed' AND q.expires_at <= now() THEN 'expired' ELSE q.state END`
const columns = sql`q.id, q.version, q.kind, ${stateSql} AS state, q.payload, q.shown, q.summary, q.reason, q.person_id AS "personId", q.role, q.organization_id AS "organizationId", q.org_path AS "orgPath",
  q.proposed_by AS "proposedBy", q.proposed_by_name AS "proposedByName", q.at, q.expires_at AS "expiresAt", q.decided_by_name AS "decidedByName", q.decided_at AS "decidedAt", q.decision, q.batch_id AS "batchId"`

type Stored = Proposal & Omit<ProposalRow, 'kindLabel' | 'personName' | 'organizationName' | 'can'>

async function whyNot(trx: Transaction, p: Proposal): Promise<string | null> {
  if (p.state !== 'proposed') return `这件申请${STATES[p.state]}，不能再审批。`
  const me = trx.actor!.personId
  if (p.proposedBy === me) return '这是您自己提出的申请，须由别人审批。'
  if (p.personId === me) return '这件申请与您本人有关，须由别人审批。'
  if (trx.actor!.permissions.includes('security.decide')) return null
  if (await kinds.get(p.kind)?.mayDecide?.(trx, p)) return null
  return '您当前的岗位不能审批这件申请。'
}

export async function readProposals(trx: Transaction, where: ReturnType<typeof sql>, limit: number): Promise<{ row: Stored; face: ProposalRow }[]> {
  const rows = await trx.rows<Stored>(sql`SELECT ${columns} FROM auth.proposal q WHERE ${where} ORDER BY q.id DESC LIMIT ${limit}`)
  const people = new Map((await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM auth.person WHERE id = ANY (${rows.map((r) => r.personId)}::integer[])`)).map((n) => [n.id, n.name]))
  const places = new Map((await trx.rows<{ id: number; name: string }>(sql`SELECT id, name FROM org.pick('', ${rows.map((r) => r.organizationId)}::integer[])`)).map((n) => [n.id, n.name]))
  const found: { row: Stored; face: ProposalRow }[] = []
  for (const row of rows) {
    const can: ProposalRow['can'] = []
    if (row.state === 'proposed' && (await whyNot(trx, row)) === null) can.push('decide')
    if (row.state === 'proposed' && row.proposedBy === trx.actor!.personId) can.push('withdraw')
    found.push({ row, face: { ...row, kindLabel: kinds.get(row.kind)?.label ?? row.kind, personName: row.personId === null ? null : (people.get(row.personId) ?? null), organizationName: places.get(row.organizationId) ?? trx.actor!.organizationName, can } })
  }
  return found
}

export async function readProposal(trx: Transaction, id: number): Promise<{ row: Stored; face: ProposalRow }> {
  const [found] = await readProposals(trx, sql`q.id = ${id}`, 1)
  if (!found) throw notFound('申请')
  return found
}

const late = () => new Problem('conflict', '这件申请刚刚已由别人处理，或已撤回。请刷新后查看。')

/** Takes the one step away from `proposed`. Nobody else took it before: that is what the row says. */
async function step(trx: Transaction, p: Proposal, version: number, to: 'approved' | 'rejected' | 'withdrawn', decision: string | null): Promise<void> {
  const decides = to !== 'withdrawn'
  const n = await trx.run(sql`
    UPDATE auth.proposal SET state = ${to}, decided_by = ${decides ? trx.actor!.personId : null}, decided_by_name = ${trx.actor!.name}, decided_at = now(), decision = ${decision}
    WHERE id = ${p.id} AND state = 'proposed' AND version = ${version} AND expires_at > now()`)
  if (!n) throw late()
}

export async function decide(trx: Transaction, id: number, version: number, to: 'approved' | 'rejected', decision: string): Promise<void> {
  const { row } = await readProposal(trx, id)
  const why = await whyNot(trx, row)
  if (why) throw row.state === 'proposed' ? new Problem('forbidden', why) : row.state === 'expired' ? refused(why) : late()
  await trx.because({ reason: decision, basis: row.reason, matter: `第 ${row.id} 号申请：${row.summary}` })
  await step(trx, row, version, to, decision)
  if (to === 'approved') await kinds.get(row.kind)!.apply(trx, row)
}

export async function withdraw(trx: Transaction, id: number, version: number): Promise<void> {
  const { row } = await readProposal(trx, id)
  if (row.proposedBy !== trx.actor!.personId) throw forbidden()
  if (row.state !== 'proposed') throw late()
  await step(trx, row, version, 'withdrawn', null)
}

/** Which of the chosen can be decided by the actor now, and why not the others. */
export async function sortChosen(trx: Transaction, chosen: readonly { id: number; version: number }[]): Promise<{ fit: { row: Stored; face: ProposalRow }[]; unfit: { id: number; summary: string; why: string }[] }> {
  const wanted = new Map(chosen.map((c) => [c.id, c.version]))
  const found = await readProposals(trx, sql`q.id = ANY (${[...wanted.keys()]}::integer[])`, 500)
  if (found.length < wanted.size) throw notFound('申请')
  const fit: typeof found = []
  const unfit: { id: number; summary: string; why: string }[] = []
  for (const f of found) {
    const why = (await whyNot(trx, f.row)) ?? (f.row.version === wanted.get(f.row.id) ? null : '您打开之后有变化，请重新查看。')
    if (why) unfit.push({ id: f.row.id, summary: f.row.summary, why })
    else fit.push(f)
  }
  return { fit, unfit }
}
