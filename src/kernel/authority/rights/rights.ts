/**
 * Every change of rights comes through here. What widens a right is done at once where the office's delegation covers it,
 * and is a proposal otherwise; what narrows one is done at once. The row keeps the ground on which it stands, and the
 * database asks for it again (auth.refuse_unfounded).
 */
import { sql } from 'kysely'
import type { Transaction } from '../../db/database.ts'
import { invalid, notFound, refused } from '../../contract/problem.rules.ts'
import { propose, registerProposalKind, type Proposal } from '../proposal/proposal.ts'
import { BUSINESS_ROLES, GRANTABLE_PERMISSIONS, isAdministrator, permissionsOf, permissionWords, roleLabel, rolesToPropose, type Role } from '../roles.rules.ts'
import { isSealed, seal, sealedText } from './seal.ts'

export interface Place { id: number; name: string; kind: string; region: string; path: string; ended: boolean }
export interface PostWanted { organizationId: number; role: Role; from: string; to: string | null; deputyOf: number | null }
export interface HandoverWanted { kind: 'leave' | 'transfer' | 'secondment'; postId: number; successorId: number | null; lastDay: string }
interface Rights { posts: PostWanted[]; ends: { postId: number; lastDay: string }[]; handover: HandoverWanted | null }
export type Shown = { label: string; before: string | null; after: string | null }[]
/** What became of an act: done, or waiting for somebody's decision. */
export interface Outcome { proposed: number | null }

export const todayOf = async (trx: Transaction): Promise<string> => (await trx.one<{ d: string }>(sql`SELECT app.today() AS d`))!.d
export const dayBefore = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10)
export const dayAfter = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10)

/** Organisations by id, for people who may not read the register: names and places in the tree. */
export const placesOf = async (trx: Transaction, ids: readonly number[]): Promise<Map<number, Place>> =>
  new Map((await trx.rows<Place>(sql`SELECT * FROM org.pick('', ${[...new Set(ids)]}::integer[])`)).map((p) => [p.id, p]))
export async function placeOf(trx: Transaction, id: number): Promise<Place> {
  const place = (await placesOf(trx, [id])).get(id)
  if (!place || place.ended) throw notFound('机构')
  return place
}

export interface PostRow { id: number; personId: number; role: Role; organizationId: number; path: string; validFrom: string; validTo: string | null; deputyOf: number | null; current: boolean }
export async function postOf(trx: Transaction, id: number): Promise<PostRow> {
  const post = await trx.one<PostRow>(sql`
    SELECT id, person_id AS "personId", role, organization_id AS "organizationId", org_path AS path, valid_from AS "validFrom", valid_to AS "validTo", deputy_of AS "deputyOf",
      valid_from <= app.today() AND (valid_to IS NULL OR valid_to >= app.today()) AS current FROM auth.post WHERE id = ${id}`)
  if (!post) throw notFound('岗位')
  return post
}

export function refuseRole(trx: Transaction, role: Role, deed = '办理'): void {
  if (!rolesToPropose(trx.actor!.role).includes(role)) throw refused(`您的岗位不能${deed}“${roleLabel(role)}”。`)
}
/** Where a role may stand at all. */
export function refusePlace(role: Role, place: Place): void {
  if ((role === 'city_reviewer' || isAdministrator(role)) && place.kind !== 'city') throw invalid('这个岗位只设在市级主管部门。', [{ path: 'organizationId', message: '请选择市级主管部门' }])
  if (role === 'district_reviewer' && place.kind === 'institution') throw invalid('审核人只设在主管单位。', [{ path: 'organizationId', message: '请选择主管单位' }])
}
/** 三员分立, said before the database says it. */
async function refuseTogether(trx: Transaction, personId: number, posts: readonly PostWanted[], ending: readonly { postId: number; lastDay: string }[]): Promise<void> {
  const held = await trx.rows<{ id: number; role: string; from: string; to: string | null }>(sql`SELECT id, role, valid_from AS from, valid_to AS to FROM auth.post WHERE person_id = ${personId}`)
  for (const p of posts) {
    const clash = held.find((h) => {
      const to = [h.to, ending.find((e) => e.postId === h.id)?.lastDay ?? null].filter((d) => d !== null).sort()[0] ?? null
      return (isAdministrator(h.role) || isAdministrator(p.role)) && (to === null || to >= p.from) && (p.to === null || h.from <= p.to)
    })
    if (clash) throw refused(`这个人同时任“${roleLabel(clash.role)}”。系统、安全、审计三类管理员和业务岗位不能由一人同时担任，请先结束原岗位或另选人员。`, { basis: 'GB/T 22239-2019 8.1.5' })
  }
}

/** The delegation that lets the actor's office appoint this role there without asking. */
async function delegationFor(trx: Transaction, role: Role, path: string): Promise<number | null> {
  const { role: holder, orgPath } = trx.actor!
  if (!path.startsWith(orgPath)) return null
  const rows = await trx.rows<{ id: number; mac: string | null; key: number | null; text: string }>(sql`
    SELECT d.id, d.mac, d.key_version AS key, ${sealedText('delegation', 'd')} AS text FROM auth.delegation d
    WHERE d.holder_role = ${holder} AND ${role} = ANY (d.roles) AND starts_with(${orgPath}, d.org_path) AND d.valid_from <= app.today() AND (d.valid_to IS NULL OR d.valid_to >= app.today()) ORDER BY d.id`)
  return rows.find((r) => isSealed(r.text, r.mac, r.key))?.id ?? null
}

const during = (from: string, to: string | null) => (to ? `${from} 至 ${to}` : `自 ${from} 起`)
const words = (permissions: readonly string[]) => permissions.map(permissionWords).join('、')
const postWords = (place: Place | undefined, role: string, from: string, to: string | null) => `${place?.name ?? ''} · ${roleLabel(role)}，${during(from, to)}`

export interface Deed {
  kind: 'appoint' | 'transfer' | 'secondment' | 'deputy'
  personId: number
  personName: string
  posts: PostWanted[]
  ends: { postId: number; lastDay: string }[]
  handover?: HandoverWanted | null
  /** For whom one will stand in. */
  deputyFor?: string
  reason: string
  /** Never done at once: files change no rights by themselves. */
  ask?: boolean
  batchId?: number
}

export async function changePosts(trx: Transaction, deed: Deed): Promise<Outcome> {
  const places = await placesOf(trx, [...deed.posts.map((p) => p.organizationId)])
  const target = places.get(deed.posts[0]!.organizationId)
  if (!target || deed.posts.some((p) => !places.has(p.organizationId))) throw notFound('机构')
  for (const p of deed.posts) {
    refusePlace(p.role, places.get(p.organizationId)!)
    if (p.to && p.to < p.from) throw invalid('结束日期不能早于开始日期。', [{ path: 'validTo', message: '请选择开始日期之后的日期' }])
  }
  if (deed.personId === trx.actor?.personId) throw refused('不能为自己办理岗位，请由其他有权限的人办理。')
  await refuseTogether(trx, deed.personId, deed.posts, deed.ends)
  const payload: Rights = { posts: deed.posts, ends: deed.ends, handover: deed.handover ?? null }
  const grounds = deed.ask ? [] : await Promise.all(deed.posts.map((p) => (p.deputyOf === null || trx.actor!.permissions.includes('person.update') ? delegationFor(trx, p.role, places.get(p.organizationId)!.path) : null)))
  if (grounds.length && grounds.every((g) => g !== null)) {
    await applyRights(trx, deed.personId, payload, deed.posts.map((_, i) => ({ delegationId: grounds[i]!, proposalId: null })), deed.reason)
    return { proposed: null }
  }
  const before = await Promise.all(deed.ends.map((e) => postOf(trx, e.postId)))
  const beforePlaces = await placesOf(trx, before.map((b) => b.organizationId))
  const had = new Set(before.flatMap((b) => permissionsOf(b.role)))
  const gained = [...new Set(deed.posts.flatMap((p) => permissionsOf(p.role)))].filter((p) => !had.has(p))
  const verb = { appoint: '任命', transfer: '调动', secondment: '借调', deputy: '代理' }[deed.kind]
  const first = deed.posts[0]!
  const shown: Shown = [
    { label: '人员', before: null, after: deed.personName },
    ...deed.posts.map((p, i) => ({
      label: deed.deputyFor ? `代理${deed.deputyFor}的岗位` : i ? '期满后回到' : '岗位',
      before: before[i] ? `${beforePlaces.get(before[i].organizationId)?.name ?? ''} · ${roleLabel(before[i].role)}，到 ${deed.ends[i]!.lastDay} 为止` : null,
      after: postWords(places.get(p.organizationId), p.role, p.from, p.to),
    })),
    { label: '管理范围', before: null, after: `${target.name}${target.kind === 'institution' ? '' : '及其下属单位'}` },
    ...(gained.length ? [{ label: '增加的权限', before: null, after: words(gained) }] : []),
  ]
  const proposed = await propose(trx, {
    kind: deed.kind, payload, shown, reason: deed.reason, personId: deed.personId, role: first.role, organizationId: first.organizationId, path: target.path, batchId: deed.batchId ?? null,
    summary: `${verb} ${deed.personName}${deed.deputyFor ? `代${deed.deputyFor}任` : '任'}${target.name}${roleLabel(first.role)}`,
  })
  return { proposed }
}

type Ground = { proposalId: number | null; delegationId: number | null }
async function applyRights(trx: Transaction, personId: number, rights: Rights, grounds: Ground[], reason: string): Promise<void> {
  for (const e of rights.ends) await shorten(trx, e.postId, e.lastDay)
  const ids: number[] = []
  for (const [i, p] of rights.posts.entries()) {
    const { path } = await placeOf(trx, p.organizationId)
    ids.push((await trx.one<{ id: number }>(sql`
      INSERT INTO auth.post (person_id, organization_id, role, valid_from, valid_to, org_path, deputy_of, reason, proposal_id, delegation_id)
      VALUES (${personId}, ${p.organizationId}, ${p.role}, ${p.from}, ${p.to}, ${path}, ${p.deputyOf}, ${reason}, ${grounds[i]!.proposalId}, ${grounds[i]!.delegationId}) RETURNING id`))!.id)
  }
  await seal(trx, 'post', ids)
  await resettle(trx, personId)
  if (rights.handover) await handOver(trx, personId, rights.handover, reason)
}

/** Ends a post and what was granted to it, and its deputies. */
export async function shorten(trx: Transaction, postId: number, lastDay: string): Promise<void> {
  const ended = (await trx.rows<{ id: number }>(sql`
    UPDATE auth.post SET valid_to = greatest(valid_from - 1, ${lastDay}::date) WHERE (id = ${postId} OR deputy_of = ${postId}) AND (valid_to IS NULL OR valid_to > greatest(valid_from - 1, ${lastDay}::date)) RETURNING id`)).map((r) => r.id)
  await seal(trx, 'post', ended)
  const besides = (await trx.rows<{ id: number }>(sql`
    UPDATE auth.entitlement SET valid_to = greatest(valid_from - 1, ${lastDay}::date) WHERE post_id = ANY (${ended}::integer[]) AND valid_to > greatest(valid_from - 1, ${lastDay}::date) RETURNING id`)).map((r) => r.id)
  await seal(trx, 'entitlement', besides)
}

/** A person is seen where their current posts are; without one, where the last was. */
export const resettle = (trx: Transaction, personId: number) => trx.run(sql`
  UPDATE auth.person n SET org_path = (SELECT p.org_path FROM auth.post p WHERE p.person_id = n.id AND p.deputy_of IS NULL ORDER BY (p.valid_to IS NULL OR p.valid_to >= app.today()) DESC, p.valid_from DESC, p.id DESC LIMIT 1)
  WHERE n.id = ${personId} AND EXISTS (SELECT FROM auth.post p WHERE p.person_id = n.id AND p.deputy_of IS NULL)`)

export type Items = Record<'filings' | 'imports' | 'proposals' | 'views' | 'reminders', { count: number; names: string[] }>
export const itemsOf = async (trx: Transaction, postId: number): Promise<Items> =>
  (await trx.one<{ items: Items }>(sql`SELECT auth.hand_over(${postId}, NULL, false) AS items`))!.items
async function handOver(trx: Transaction, personId: number, wanted: HandoverWanted, reason: string): Promise<void> {
  const post = await postOf(trx, wanted.postId)
  const { items } = (await trx.one<{ items: Items }>(sql`SELECT auth.hand_over(${wanted.postId}, ${wanted.successorId}::integer, true) AS items`))!
  await trx.run(sql`
    INSERT INTO auth.handover (kind, person_id, post_id, successor_id, organization_id, org_path, last_day, items, reason, by_id, by_name)
    VALUES (${wanted.kind}, ${personId}, ${wanted.postId}, ${wanted.successorId}, ${post.organizationId}, ${post.path}, ${wanted.lastDay}, ${JSON.stringify(items)}, ${reason}, ${trx.actor!.personId}, ${trx.actor!.name})`)
}
/** Leaving needs no decision: rights only end. */
export async function leave(trx: Transaction, personId: number, wanted: HandoverWanted, reason: string): Promise<void> {
  await handOver(trx, personId, wanted, reason)
  await shorten(trx, wanted.postId, wanted.lastDay)
  await resettle(trx, personId)
}

const covered = async (trx: Transaction, p: Proposal): Promise<boolean> => {
  const { posts } = p.payload as Rights
  const places = await placesOf(trx, posts.map((w) => w.organizationId))
  for (const w of posts) {
    const place = places.get(w.organizationId)
    if (!place || (await delegationFor(trx, w.role, place.path)) === null) return false
  }
  return trx.actor!.permissions.includes('person.update')
}
for (const [kind, label] of [['appoint', '任命岗位'], ['transfer', '调动'], ['secondment', '借调'], ['deputy', '代理岗位']] as const)
  registerProposalKind(kind, {
    label, mayDecide: covered,
    apply: async (trx, p) => {
      const rights = p.payload as Rights
      await refuseTogether(trx, p.personId!, rights.posts, rights.ends)
      await applyRights(trx, p.personId!, rights, rights.posts.map(() => ({ proposalId: p.id, delegationId: null })), p.reason)
    },
  })

export interface EntitlementWanted { postId: number; organizationId: number; role: Role | null; permissions: string[]; from: string; to: string }
export async function proposeEntitlement(trx: Transaction, wanted: EntitlementWanted, reason: string): Promise<Outcome> {
  const post = await postOf(trx, wanted.postId)
  const place = await placeOf(trx, wanted.organizationId)
  if (isAdministrator(post.role)) throw refused('管理员岗位不能另外授予业务权限。', { basis: 'GB/T 22239-2019 8.1.5' })
  if (post.deputyOf !== null) throw refused('代理的岗位不能另外授权，请授给本人的岗位。')
  if (wanted.role && !BUSINESS_ROLES.includes(wanted.role)) throw refused('管理员权限不能作为另外授权，请任命岗位。')
  if (!wanted.role === !wanted.permissions.length) throw invalid('请选择一个角色，或至少一项权限。', [{ path: 'permissions', message: '请选择' }])
  if (wanted.permissions.some((p) => !GRANTABLE_PERMISSIONS.includes(p))) throw invalid('有不能另外授予的权限。', [{ path: 'permissions', message: '请重新选择' }])
  if (wanted.to < wanted.from) throw invalid('结束日期不能早于开始日期。', [{ path: 'to', message: '请选择开始日期之后的日期' }])
  const person = (await trx.one<{ name: string }>(sql`SELECT name FROM auth.person WHERE id = ${post.personId}`))!
  const given = wanted.role ? permissionsOf(wanted.role) : wanted.permissions
  const gained = wanted.organizationId === post.organizationId ? given.filter((p) => !permissionsOf(post.role).includes(p)) : given
  const what = wanted.role ? roleLabel(wanted.role) : words(wanted.permissions)
  const own = (await placesOf(trx, [post.organizationId])).get(post.organizationId)
  return {
    proposed: await propose(trx, {
      kind: 'entitle', payload: wanted, reason, personId: post.personId, role: wanted.role, organizationId: wanted.organizationId, path: place.path, summary: `另授 ${person.name}（${roleLabel(post.role)}）在${place.name}：${what}`,
      shown: [
        { label: '人员', before: null, after: person.name }, { label: '授给岗位', before: null, after: `${own?.name ?? ''} · ${roleLabel(post.role)}` },
        { label: '另授', before: null, after: `${what}，${during(wanted.from, wanted.to)}` },
        { label: '管理范围', before: null, after: `${place.name}${place.kind === 'institution' ? '' : '及其下属单位'}${wanted.organizationId === post.organizationId ? '' : '（作为另一个岗位切换使用）'}` },
        { label: '增加的权限', before: null, after: words(gained) || '没有增加（岗位本来就有）' },
      ],
    }),
  }
}
registerProposalKind('entitle', {
  label: '另外授权',
  apply: async (trx, p) => {
    const w = p.payload as EntitlementWanted
    const { path } = await placeOf(trx, w.organizationId)
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO auth.entitlement (post_id, organization_id, org_path, role, permissions, valid_from, valid_to, reason, proposal_id)
      VALUES (${w.postId}, ${w.organizationId}, ${path}, ${w.role}, ${w.permissions}::text[], ${w.from}, ${w.to}, ${p.reason}, ${p.id}) RETURNING id`))!
    await seal(trx, 'entitlement', [id])
  },
})

export interface DelegationWanted { organizationId: number; holderRole: 'district_reviewer' | 'city_reviewer'; roles: Role[]; from: string; to: string | null }
export async function proposeDelegation(trx: Transaction, wanted: DelegationWanted, reason: string): Promise<Outcome> {
  const place = await placeOf(trx, wanted.organizationId)
  const roles = wanted.roles.map(roleLabel).join('、')
  return {
    proposed: await propose(trx, {
      kind: 'delegate', payload: wanted, reason, personId: null, role: null, organizationId: wanted.organizationId, path: place.path, summary: `授权${place.name}范围内的${roleLabel(wanted.holderRole)}任命下属单位的${roles}`,
      shown: [
        { label: '授权给', before: null, after: `${place.name}及其下属单位的${roleLabel(wanted.holderRole)}` }, { label: '可以直接任命', before: null, after: `各自管理范围内的${roles}` }, { label: '有效期', before: null, after: during(wanted.from, wanted.to) },
      ],
    }),
  }
}
registerProposalKind('delegate', {
  label: '委托任命',
  apply: async (trx, p) => {
    const w = p.payload as DelegationWanted
    const { path } = await placeOf(trx, w.organizationId)
    const { id } = (await trx.one<{ id: number }>(sql`
      INSERT INTO auth.delegation (organization_id, org_path, holder_role, roles, valid_from, valid_to, reason, proposal_id)
      VALUES (${w.organizationId}, ${path}, ${w.holderRole}, ${w.roles}::text[], ${w.from}, ${w.to}, ${p.reason}, ${p.id}) RETURNING id`))!
    await seal(trx, 'delegation', [id])
  },
})

// An administrator's post ends, and an account comes back, on somebody's decision too: one of the three could otherwise
// put another one out of the way, or bring back whom it pleases.
registerProposalKind('end', {
  label: '结束管理员岗位',
  apply: async (trx, p) => {
    await shorten(trx, p.payload.postId, p.payload.lastDay)
    await resettle(trx, p.personId!)
  },
})
registerProposalKind('restore', {
  label: '恢复账号',
  apply: async (trx, p) => {
    await trx.run(sql`SELECT auth.change_account(${p.personId}, NULL, 'active')`)
  },
})
registerProposalKind('suspend', {
  label: '停用管理员账号',
  apply: async (trx, p) => {
    await trx.run(sql`SELECT auth.change_account(${p.personId}, NULL, 'suspended')`)
  },
})
