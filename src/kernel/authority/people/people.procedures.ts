import { sql } from 'kysely'
import { handle } from '../../domain.ts'
import type { Actor, Database, Transaction } from '../../db/database.ts'
import { invalid, notFound, refused } from '../../contract/problem.rules.ts'
import { hashPassword, inventPassword } from '../password.ts'
import { roleLabel, ROLES, type Role } from '../roles.rules.ts'
import { forgetSessions } from '../session.procedures.ts'
import * as ops from './people.contract.ts'

/** Nobody hands out more than their own office stands for; the city's own posts are the system administrator's. */
const GRANTS: Record<Role, readonly Role[]> = {
  filler: [], leader: [], responsible: [],
  district_reviewer: ['filler', 'responsible', 'district_reviewer'],
  city_reviewer: ['filler', 'responsible', 'district_reviewer', 'city_reviewer', 'leader'],
  system_administrator: Object.keys(ROLES) as Role[],
  security_administrator: [], audit_administrator: [],
}
const grantable = (actor: Actor): readonly Role[] => GRANTS[actor.role as Role] ?? []

async function refuseGrant(trx: Transaction, role: Role, organizationId: number, personId: number | null): Promise<{ path: string }> {
  const actor = trx.actor!
  if (!grantable(actor).includes(role)) throw refused(`您的岗位不能授予“${roleLabel(role)}”。`)
  if (personId === actor.personId) throw refused('不能给自己任命岗位，请由其他有权限的人办理。')
  const org = await trx.one<{ path: string; kind: string; name: string }>(sql`SELECT org_path AS path, kind, name FROM org.organization WHERE id = ${organizationId} AND valid_to IS NULL`)
  if (!org) throw notFound('机构')
  if ((role === 'city_reviewer' || role.endsWith('_administrator')) && org.kind !== 'city') throw invalid('这个岗位只设在市级主管部门。', [{ path: 'organizationId', message: '请选择市级主管部门' }])
  if (role === 'district_reviewer' && org.kind === 'institution') throw invalid('审核人只设在主管单位。', [{ path: 'organizationId', message: '请选择主管单位' }])
  return org
}

async function readPerson(trx: Transaction, id: number, db: Database) {
  const person = await trx.one<any>(sql`SELECT id, version, name, phone FROM auth.person WHERE id = ${id}`)
  if (!person) throw notFound('人员')
  const posts = await postsOf(trx, [id])
  const account = (await accountsOf(db, [id])).get(id)
  return { ...person, login: account?.login ?? null, status: account?.status ?? null, lastSignIn: account?.lastSignIn ?? null, posts: posts.get(id) ?? [] }
}

async function postsOf(trx: Transaction, personIds: number[]) {
  const rows = await trx.rows<any>(sql`
    SELECT p.id, p.version, p.person_id AS "personId", p.role, p.organization_id AS "organizationId", o.name AS "organizationName", p.valid_from AS "validFrom", p.valid_to AS "validTo",
      p.valid_from <= app.today() AND (p.valid_to IS NULL OR p.valid_to >= app.today()) AS current
    FROM auth.post p JOIN org.organization o ON o.id = p.organization_id WHERE p.person_id = ANY (${personIds}::integer[]) ORDER BY p.valid_from DESC, p.id DESC`)
  const byPerson = new Map<number, any[]>()
  for (const { personId, ...post } of rows) byPerson.set(personId, [...(byPerson.get(personId) ?? []), { ...post, roleLabel: roleLabel(post.role) }])
  return byPerson
}

/** Accounts are sealed from every role: only these faces of people already seen leave. */
async function accountsOf(db: Database, personIds: number[]) {
  const rows = await db.asSystem('person.accounts', (trx) => trx.rows<any>(sql`
    SELECT person_id AS "personId", login, status, last_sign_in AS "lastSignIn" FROM auth.account WHERE person_id = ANY (${personIds}::integer[])`))
  return new Map(rows.map((r) => [r.personId, r]))
}

/** A person is seen where their current posts are; without one, where the last was. */
const resettle = (trx: Transaction, personId: number) => trx.run(sql`
  UPDATE auth.person n SET org_path = (SELECT p.org_path FROM auth.post p WHERE p.person_id = n.id ORDER BY (p.valid_to IS NULL OR p.valid_to >= app.today()) DESC, p.valid_from DESC, p.id DESC LIMIT 1)
  WHERE n.id = ${personId} AND EXISTS (SELECT FROM auth.post p WHERE p.person_id = n.id)`)

async function insertPost(trx: Transaction, personId: number, organizationId: number, path: string, role: Role, from: string | undefined, to: string | null | undefined) {
  await trx.run(sql`
    INSERT INTO auth.post (person_id, organization_id, role, valid_from, valid_to, org_path) VALUES (${personId}, ${organizationId}, ${role}, coalesce(${from ?? null}::date, app.today()), ${to ?? null}, ${path})`)
}

export const peopleHandlers = [
  handle(ops.listPeople, async (trx, { q, organizationId, role, after, limit }, { db }) => {
    const like = q ? `%${q.replace(/[\\%_]/g, '\\$&')}%` : null
    const people = await trx.rows<any>(sql`
      SELECT n.id, n.version, n.name, n.phone FROM auth.person n
      WHERE n.id > ${after} AND (${like}::text IS NULL OR n.name LIKE ${like})
        AND EXISTS (SELECT FROM auth.post p WHERE p.person_id = n.id AND (${organizationId ?? null}::int IS NULL OR p.organization_id = ${organizationId ?? null}) AND (${role ?? null}::text IS NULL OR p.role = ${role ?? null}))
      ORDER BY n.id LIMIT ${limit + 1}`)
    const more = people.length > limit
    if (more) people.pop()
    const ids = people.map((p) => p.id)
    const [posts, accounts] = [await postsOf(trx, ids), await accountsOf(db, ids)]
    return {
      people: people.map((p) => ({ ...p, login: accounts.get(p.id)?.login ?? null, status: accounts.get(p.id)?.status ?? null, lastSignIn: accounts.get(p.id)?.lastSignIn ?? null, posts: posts.get(p.id) ?? [] })),
      next: more ? ids.at(-1) : null, grantable: grantable(trx.actor!).map((r) => ({ role: r, label: roleLabel(r) })),
    }
  }),
  handle(ops.addPerson, async (trx, input, { db }) => {
    const org = await refuseGrant(trx, input.role, input.organizationId, null)
    const password = inventPassword()
    const hash = await hashPassword(password)
    if (await db.asSystem('person.create', (t) => t.one(sql`SELECT id FROM auth.account WHERE login = ${input.login}`))) throw invalid('这个登录名已被使用，请换一个。', [{ path: 'login', message: '已被使用' }])
    const person = await trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, phone, org_path) VALUES (${input.name}, ${input.phone ?? null}, ${org.path}) RETURNING id`)
    await insertPost(trx, person!.id, input.organizationId, org.path, input.role, input.validFrom, null)
    // The account is the system's table: written through the one function that may, in this same transaction.
    await trx.run(sql`SELECT auth.open_account(${person!.id}, ${input.login}, ${hash})`)
    return { person: { ...(await readPerson(trx, person!.id, db)), login: input.login, status: 'active' }, password }
  }),
  handle(ops.appoint, async (trx, { id, organizationId, role, validFrom, validTo }, { db }) => {
    await readPerson(trx, id, db)
    const org = await refuseGrant(trx, role, organizationId, id)
    await insertPost(trx, id, organizationId, org.path, role, validFrom, validTo)
    forgetSessions()
    return readPerson(trx, id, db)
  }),
  handle(ops.endPost, async (trx, { id, lastDay }, { db }) => {
    const post = await trx.one<{ personId: number; role: Role }>(sql`SELECT person_id AS "personId", role FROM auth.post WHERE id = ${id}`)
    if (!post) throw notFound('岗位')
    if (!grantable(trx.actor!).includes(post.role)) throw refused(`您的岗位不能结束“${roleLabel(post.role)}”。`)
    // Without a day it ends at once: yesterday was its last.
    await trx.run(sql`UPDATE auth.post SET valid_to = greatest(valid_from, coalesce(${lastDay ?? null}::date, app.today() - 1)) WHERE id = ${id}`)
    await resettle(trx, post.personId)
    forgetSessions()
    return readPerson(trx, post.personId, db)
  }),
  handle(ops.transfer, async (trx, { id, organizationId, role, from }, { db }) => {
    const post = await trx.one<{ personId: number; role: Role; organizationId: number }>(sql`SELECT person_id AS "personId", role, organization_id AS "organizationId" FROM auth.post WHERE id = ${id} AND (valid_to IS NULL OR valid_to >= app.today())`)
    if (!post) throw notFound('岗位')
    if (post.organizationId === organizationId && (!role || role === post.role)) throw refused('调入的机构和岗位与原来相同。')
    const next = role ?? post.role
    if (!grantable(trx.actor!).includes(post.role)) throw refused(`您的岗位不能变动“${roleLabel(post.role)}”。`)
    const org = await refuseGrant(trx, next, organizationId, post.personId)
    await trx.run(sql`UPDATE auth.post SET valid_to = greatest(valid_from, coalesce(${from ?? null}::date, app.today()) - 1) WHERE id = ${id}`)
    await insertPost(trx, post.personId, organizationId, org.path, next, from, null)
    await resettle(trx, post.personId)
    forgetSessions()
    return readPerson(trx, post.personId, db)
  }),
  handle(ops.resetPassword, async (trx, { id }, { db }) => {
    const person = await readPerson(trx, id, db)
    const held = person.posts.filter((p: { current: boolean }) => p.current).map((p: { role: Role }) => p.role)
    if (!held.every((r: Role) => grantable(trx.actor!).includes(r))) throw refused('这个人的岗位高于您的管理权限，请由系统管理员重置密码。')
    if (!person.login) throw refused('这个人没有账号。')
    const password = inventPassword()
    await trx.run(sql`SELECT auth.change_account(${id}, ${await hashPassword(password)}, NULL)`)
    forgetSessions()
    return { login: person.login, password }
  }),
  handle(ops.setStatus, async (trx, { id, status }, { db }) => {
    const person = await readPerson(trx, id, db)
    if (id === trx.actor!.personId) throw refused('不能停用自己的账号。')
    if (!person.posts.filter((p: { current: boolean }) => p.current).every((p: { role: Role }) => grantable(trx.actor!).includes(p.role))) throw refused('这个人的岗位高于您的管理权限。')
    await trx.run(sql`SELECT auth.change_account(${id}, NULL, ${status})`)
    forgetSessions()
    return { ...person, status }
  }),
]
