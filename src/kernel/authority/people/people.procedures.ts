import { sql } from 'kysely'
import { handle } from '../../domain.ts'
import type { Database, Transaction } from '../../db/database.ts'
import { invalid, notFound, refused, versionConflict } from '../../contract/problem.rules.ts'
import { masked } from '../../entity/mask.rules.ts'
import { hashPassword, inventPassword } from '../password.ts'
import { propose } from '../proposal/proposal.ts'
import { changePosts, dayBefore, placeOf, placesOf, postOf, refuseRole, resettle, shorten, todayOf } from '../rights/rights.ts'
import { isAdministrator, permissionsOf, permissionWords, roleLabel, rolesToPropose, type Role } from '../roles.rules.ts'
import { forgetSessions } from '../session.procedures.ts'
import * as ops from './people.contract.ts'

export async function readPerson(trx: Transaction, id: number, db: Database) {
  const person = await trx.one<{ id: number; version: number; name: string; phone: string | null }>(sql`SELECT id, version, name, phone FROM auth.person WHERE id = ${id}`)
  if (!person) throw notFound('人员')
  const posts = await postsOf(trx, [id])
  const account = (await accountsOf(db, [id])).get(id)
  return { ...person, phone: masked(person.phone), login: account?.login ?? null, status: account?.status ?? null, lastSignIn: account?.lastSignIn ?? null, posts: posts.get(id) ?? [] }
}

export async function postsOf(trx: Transaction, personIds: number[]) {
  const current = (a: string) => sql.raw(`${a}.valid_from <= app.today() AND (${a}.valid_to IS NULL OR ${a}.valid_to >= app.today())`)
  const rows = await trx.rows<any>(sql`
    SELECT p.id, p.version, p.person_id AS "personId", p.role, p.organization_id AS "organizationId", p.valid_from AS "validFrom", p.valid_to AS "validTo", ${current('p')} AS current, (p.valid_to IS NULL OR p.valid_to >= app.today()) AS open, p.deputy_of AS "deputyOf", n.name AS "deputyFor", p.reason,
      coalesce((SELECT jsonb_agg(jsonb_build_object('id', e.id, 'role', e.role, 'permissions', e.permissions, 'organizationId', e.organization_id, 'validFrom', e.valid_from, 'validTo', e.valid_to, 'reason', e.reason, 'current', ${current('e')}, 'open', e.valid_to >= app.today()) ORDER BY e.id) FROM auth.entitlement e WHERE e.post_id = p.id), '[]') AS entitlements
    FROM auth.post p LEFT JOIN auth.post d ON d.id = p.deputy_of LEFT JOIN auth.person n ON n.id = d.person_id
    WHERE p.person_id = ANY (${personIds}::integer[]) ORDER BY p.valid_from DESC, p.id DESC`)
  const places = await placesOf(trx, rows.flatMap((r) => [r.organizationId, ...r.entitlements.map((e: any) => e.organizationId)]))
  const name = (id: number) => places.get(id)?.name ?? '管理范围以外的单位'
  const byPerson = new Map<number, any[]>()
  for (const { personId, entitlements, ...post } of rows)
    byPerson.set(personId, [...(byPerson.get(personId) ?? []), {
      ...post, roleLabel: roleLabel(post.role), organizationName: name(post.organizationId),
      entitlements: entitlements.map((e: any) => ({ ...e, label: e.role ? roleLabel(e.role) : e.permissions.map(permissionWords).join('、'), organizationName: name(e.organizationId) })),
    }])
  return byPerson
}

/** Accounts are sealed from every role: only these faces of people already seen leave. */
async function accountsOf(db: Database, personIds: number[]) {
  const rows = await db.asSystem('person.accounts', (trx) => trx.rows<any>(sql`
    SELECT person_id AS "personId", login, status, last_sign_in AS "lastSignIn" FROM auth.account WHERE person_id = ANY (${personIds}::integer[])`))
  return new Map(rows.map((r) => [r.personId, r]))
}

type Open = { current: boolean; open: boolean; role: Role; entitlements: { open: boolean; role: Role | null; permissions: string[] }[] }
/** What somebody holds or is about to hold: roles of posts and of what was granted to them besides. */
const held = (person: { posts: Open[] }) => person.posts.filter((p) => p.open).flatMap((p) => [p.role, ...p.entitlements.flatMap((e) => (e.open && e.role ? [e.role] : []))])

/**
 * Whoever changes somebody's way of signing in could be that person. So everything that the person may do is asked for:
 * the roles must be the actor's to hand out, the permissions too, and none may lie where the actor does not see it.
 */
async function refuseBeyond(trx: Transaction, person: { id: number; posts: Open[] }): Promise<void> {
  const mine = rolesToPropose(trx.actor!.role)
  const permissions = new Set(mine.flatMap((r) => permissionsOf(r)))
  const besides = person.posts.flatMap((p) => p.entitlements.flatMap((e) => (e.open ? e.permissions : [])))
  if (!held(person).every((r) => mine.includes(r)) || !besides.every((p) => permissions.has(p))) throw refused('这个人的岗位高于您的管理权限，请由系统管理员办理。')
  const { within } = (await trx.one<{ within: boolean }>(sql`SELECT auth.wholly_within(${person.id}) AS within`))!
  if (!within) throw refused('这个人在您的管理范围以外还有岗位、代理或授权，请由市级主管部门或系统管理员办理。')
}

/** Whose means of signing in may be changed: nobody's who stands higher, and no administrator's, who could be taken over so. */
async function refuseAccount(trx: Transaction, id: number, db: Database) {
  const person = await readPerson(trx, id, db)
  if (held(person).some(isAdministrator)) throw refused('三员的双因素和单点登录不由别的管理员变更，请运维人员用命令行办理。')
  await refuseBeyond(trx, person)
  if (!person.login) throw refused('这个人没有账号。')
  return person
}

export const peopleHandlers = [
  handle(ops.listPeople, async (trx, { q, organizationId, role, after, limit }, { db }) => {
    const like = q ? `%${q.replace(/[\\%_]/g, '\\$&')}%` : null
    // Whoever has no post yet is somebody too: the first one may be waiting for its decision.
    const narrowed = organizationId !== undefined || role !== undefined
    const people = await trx.rows<any>(sql`
      SELECT n.id, n.version, n.name, n.phone FROM auth.person n
      WHERE n.id > ${after} AND (${like}::text IS NULL OR n.name LIKE ${like})
        AND (NOT ${narrowed} OR EXISTS (SELECT FROM auth.post p WHERE p.person_id = n.id AND (${organizationId ?? null}::int IS NULL OR p.organization_id = ${organizationId ?? null}) AND (${role ?? null}::text IS NULL OR p.role = ${role ?? null})))
      ORDER BY n.id LIMIT ${limit + 1}`)
    const more = people.length > limit
    if (more) people.pop()
    const ids = people.map((p) => p.id)
    const [posts, accounts] = [await postsOf(trx, ids), await accountsOf(db, ids)]
    return {
      people: people.map((p) => ({ ...p, phone: masked(p.phone), login: accounts.get(p.id)?.login ?? null, status: accounts.get(p.id)?.status ?? null, lastSignIn: accounts.get(p.id)?.lastSignIn ?? null, posts: posts.get(p.id) ?? [] })),
      next: more ? ids.at(-1) : null, grantable: rolesToPropose(trx.actor!.role).map((r) => ({ role: r, label: roleLabel(r) })),
    }
  }),
  handle(ops.addPerson, async (trx, input, { db }) => {
    refuseRole(trx, input.role, '任命')
    const place = await placeOf(trx, input.organizationId)
    const password = inventPassword()
    const hash = await hashPassword(password)
    if (await db.asSystem('person.create', (t) => t.one(sql`SELECT id FROM auth.account WHERE login = ${input.login}`))) throw invalid('这个登录名已被使用，请换一个。', [{ path: 'login', message: '已被使用' }])
    const person = await trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, phone, org_path) VALUES (${input.name}, ${input.phone ?? null}, ${place.path}) RETURNING id`)
    const { proposed } = await changePosts(trx, {
      kind: 'appoint', personId: person!.id, personName: input.name, ends: [], reason: input.reason,
      posts: [{ organizationId: input.organizationId, role: input.role, from: input.validFrom ?? (await todayOf(trx)), to: null, deputyOf: null }],
    })
    // The account is the system's table: written through the one function that may, in this same transaction.
    await trx.run(sql`SELECT auth.open_account(${person!.id}, ${input.login}, ${hash})`)
    return { person: { ...(await readPerson(trx, person!.id, db)), login: input.login, status: 'active' }, proposed, password }
  }),
  handle(ops.appoint, async (trx, { id, organizationId, role, validFrom, validTo, reason }, { db }) => {
    const person = await readPerson(trx, id, db)
    refuseRole(trx, role, '任命')
    const { proposed } = await changePosts(trx, {
      kind: 'appoint', personId: id, personName: person.name, ends: [], reason,
      posts: [{ organizationId, role, from: validFrom ?? (await todayOf(trx)), to: validTo ?? null, deputyOf: null }],
    })
    forgetSessions()
    return { person: await readPerson(trx, id, db), proposed }
  }),
  handle(ops.endPost, async (trx, { id, lastDay, reason }, { db }) => {
    const post = await postOf(trx, id)
    refuseRole(trx, post.role, '结束')
    // Without a day it ends at once: yesterday was its last.
    const last = lastDay ?? dayBefore(await todayOf(trx))
    let proposed: number | null = null
    if (isAdministrator(post.role)) {
      const person = await readPerson(trx, post.personId, db)
      const place = await placeOf(trx, post.organizationId)
      proposed = await propose(trx, {
        kind: 'end', payload: { postId: id, lastDay: last }, personId: post.personId, role: post.role, organizationId: post.organizationId, path: post.path, reason, summary: `结束 ${person.name}的${roleLabel(post.role)}岗位`,
        shown: [{ label: '人员', before: person.name, after: person.name }, { label: '岗位', before: `${place.name} · ${roleLabel(post.role)}`, after: `到 ${last} 为止` }],
      })
    } else {
      await shorten(trx, id, last)
      await resettle(trx, post.personId)
    }
    forgetSessions()
    return { person: await readPerson(trx, post.personId, db), proposed }
  }),
  handle(ops.resetPassword, async (trx, { id }, { db }) => {
    const person = await readPerson(trx, id, db)
    // Whoever could reset an administrator's password could be that administrator.
    if (held(person).some(isAdministrator)) throw refused('这个人的岗位高于您的管理权限。管理员的密码由运维人员用命令行重置（user reset-password）。')
    await refuseBeyond(trx, person)
    if (!person.login) throw refused('这个人没有账号。')
    const password = inventPassword()
    await trx.run(sql`SELECT auth.change_account(${id}, ${await hashPassword(password)}, NULL)`)
    forgetSessions()
    return { login: person.login, password }
  }),
  handle(ops.setStatus, async (trx, { id, status, reason }, { db }) => {
    const person = await readPerson(trx, id, db)
    if (id === trx.actor!.personId) throw refused('不能停用或恢复自己的账号。')
    if (!person.login) throw refused('这个人没有账号。')
    if (person.status === status) throw refused(status === 'active' ? '这个账号没有停用。' : '这个账号已经停用。')
    await refuseBeyond(trx, person)
    const administrator = held(person).some(isAdministrator)
    let proposed: number | null = null
    // Stopping somebody is done at once; bringing back, and anything about an administrator, is decided by another.
    if (status === 'active' || administrator) {
      const post = person.posts.find((p: Open) => p.current) ?? person.posts[0]
      const place = await placeOf(trx, post?.organizationId ?? trx.actor!.organizationId)
      proposed = await propose(trx, {
        kind: status === 'active' ? 'restore' : 'suspend', payload: { personId: id }, personId: id, role: post?.role ?? null, organizationId: place.id, path: place.path, reason, summary: `${status === 'active' ? '恢复' : '停用'} ${person.name}的账号`,
        shown: [{ label: '人员', before: person.name, after: person.name }, { label: '账号', before: status === 'active' ? '已停用' : '正常', after: status === 'active' ? '恢复正常，可以登录' : '停用，立即退出全部登录' }],
      })
    } else await trx.run(sql`SELECT auth.change_account(${id}, NULL, ${status})`)
    forgetSessions()
    return { person: { ...person, status: proposed === null ? status : person.status }, proposed }
  }),
  handle(ops.firstCodes, async (trx, { organizationId }, { db }) => {
    const place = await placeOf(trx, organizationId)
    const roles = rolesToPropose(trx.actor!.role).filter((r) => !isAdministrator(r))
    const posts = await trx.rows<{ personId: number; name: string; role: string; organizationId: number }>(sql`
      SELECT DISTINCT ON (n.id) n.id AS "personId", n.name, p.role, p.organization_id AS "organizationId" FROM auth.post p JOIN auth.person n ON n.id = p.person_id
      WHERE p.org_path >= ${place.path} AND p.org_path < ${`${place.path.slice(0, -1)}/`} AND p.deputy_of IS NULL AND p.role = ANY (${roles}::text[]) AND (p.valid_to IS NULL OR p.valid_to >= app.today())
        AND NOT EXISTS (SELECT FROM auth.post a WHERE a.person_id = n.id AND NOT a.role = ANY (${roles}::text[]) AND (a.valid_to IS NULL OR a.valid_to >= app.today())) AND n.id <> ${trx.actor!.personId}
        -- Who holds something besides, here or out of sight, is not somebody's to let in.
        AND NOT EXISTS (SELECT FROM auth.entitlement e JOIN auth.post a ON a.id = e.post_id WHERE a.person_id = n.id AND e.valid_to >= app.today()) AND auth.wholly_within(n.id)
      ORDER BY n.id, p.valid_from DESC`)
    const fresh = await db.asSystem('person.first-codes', (t) => t.rows<{ personId: number; login: string }>(sql`
      SELECT person_id AS "personId", login FROM auth.account WHERE person_id = ANY (${posts.map((p) => p.personId)}::integer[]) AND last_sign_in IS NULL AND status = 'active' ORDER BY login LIMIT 501`))
    if (!fresh.length) throw refused('这个单位及其下属单位没有从未登录过的账号，不需要发放登录码。')
    if (fresh.length > 500) throw refused('一次最多为 500 个账号发放登录码，请按下属单位分别办理。')
    const places = await placesOf(trx, posts.map((p) => p.organizationId))
    const codes = []
    for (const { personId, login } of fresh) {
      const post = posts.find((p) => p.personId === personId)!
      const code = inventPassword()
      await trx.run(sql`SELECT auth.change_account(${personId}, ${await hashPassword(code)}, NULL)`)
      codes.push({ name: post.name, login, organizationName: places.get(post.organizationId)?.name ?? '', roleLabel: roleLabel(post.role), code })
    }
    return { organizationName: place.name, codes: codes.sort((a, b) => a.organizationName.localeCompare(b.organizationName, 'zh') || a.login.localeCompare(b.login)) }
  }),
  handle(ops.pickOrganization, async (trx, { q }) => ({
    organizations: await trx.rows<any>(sql`SELECT id, name, kind, region FROM org.pick(${q ?? ''}, NULL)`),
  })),
  handle(ops.resetSecondFactor, async (trx, { id }, { db }) => {
    const person = await refuseAccount(trx, id, db)
    if (id === trx.actor!.personId) throw refused('自己的双因素请在“我的账号”中更换。')
    await trx.run(sql`SELECT auth.drop_second_factor(${id})`)
    forgetSessions()
    return person
  }),
  handle(ops.linkIdentity, async (trx, { id, issuer, subject }, { db }) => {
    const person = await refuseAccount(trx, id, db)
    if (id === trx.actor!.personId) throw refused('自己的单点登录请在“我的账号”中关联。')
    await trx.run(sql`SELECT auth.link_identity(${id}, ${issuer}, ${subject})`)
    return person
  }),
  handle(ops.correctPerson, async (trx, { id, version, name, phone }, { db }) => {
    const person = await readPerson(trx, id, db)
    await refuseBeyond(trx, person)
    if (name === undefined && phone === undefined) throw refused('姓名和电话都没有改动。')
    if (!(await trx.run(sql`UPDATE auth.person SET name = coalesce(${name ?? null}, name), phone = ${phone === undefined ? sql`phone` : phone} WHERE id = ${id} AND version = ${version}`))) throw versionConflict()
    forgetSessions()
    return readPerson(trx, id, db)
  }),
  handle(ops.erasePerson, async (trx, { id }, { db }) => {
    const person = await readPerson(trx, id, db)
    if (id === trx.actor!.personId) throw refused('不能删除自己的个人信息，请由其他有权限的人办理。')
    if (person.posts.some((p: Open) => p.open)) throw refused('这个人还有岗位，不能删除个人信息。请先办理离任，或结束全部岗位。')
    await refuseBeyond(trx, person)
    if (!person.login && !person.phone && person.name.startsWith('已删除人员（')) throw refused('这个人的个人信息已经删除。')
    await trx.run(sql`SELECT auth.erase_person(${id})`)
    forgetSessions()
    return { ...(await readPerson(trx, id, db)), login: null, status: null, lastSignIn: null }
  }),
]
