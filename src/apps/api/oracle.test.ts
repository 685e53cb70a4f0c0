/**
 * Hidden equals absent, byte for byte (C25): every operation that names a record by its id is asked for one that exists out
 * of sight and for one that does not exist. An operation without an entry here fails the test: somebody has to think of it.
 */
import { sql } from 'kysely'
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import type { Operation } from '../../kernel/contract/contract.rules.ts'
import { GRANTABLE_PERMISSIONS } from '../../kernel/authority/roles.rules.ts'
import { seal } from '../../kernel/authority/rights/seal.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)
const system = <T = any>(query: ReturnType<typeof sql<T>>) => db.asSystem('test', (trx) => trx.rows<T>(query))

// Whoever asks may do everything there is to do, in Wanzhou; all that they are asked about lies in Yuzhong.
const asker = await city.actorAt(city.wanzhou, 'district_reviewer')
await db.asSystem('test', async (trx) => {
  const { id } = (await trx.one<{ id: number }>(sql`
    INSERT INTO auth.entitlement (post_id, organization_id, org_path, permissions, valid_from, valid_to, reason) SELECT ${asker.postId}, id, org_path, ${[...GRANTABLE_PERMISSIONS]}::text[], '2020-01-01', '2099-01-01', 'test' FROM org.organization WHERE id = ${city.wanzhou} RETURNING id`))!
  await seal(trx, 'entitlement', [id])
})
const who = await api.as(asker)
const clerk = await city.actorAt(city.school, 'filler')
const head = await api.as(await city.actorAt(city.school, 'responsible'))
const yuzhong = await api.as(await city.actorAt(city.yuzhong, 'district_reviewer'))
const sysadmin = await api.as(await city.actorAt(city.city, 'system_administrator'))
const filing = (await head.post('/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: city.school, version: null, values: { electricity: '100' } })).body.facts.id as number
const [batch] = await system<{ id: number }>(sql`INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, headings, org_path, by_name, state, counts) SELECT 'institutions', 'a.csv', 'x', 1, '{"columns":{}}', '[]', org_path, '某人', 'checked', '{"error":0}' FROM org.organization WHERE id = ${city.school} RETURNING id`)
const person = (await system<{ id: number }>(sql`INSERT INTO auth.person (name, org_path) SELECT '生人', org_path FROM org.organization WHERE id = ${city.school} RETURNING id`))[0]!.id
const proposal = (await sysadmin.post(`/people/${person}/posts`, { organizationId: city.yuzhong, role: 'district_reviewer', reason: '任命文件' })).body.proposed as number
const [attachment] = await system<{ id: number }>(sql`
  INSERT INTO files.attachment (entity, record_id, organization_id, org_path, name, kind, size, sm3, by_name, by_organization, removed_at, removed_by_name, removed_reason, keep_until) SELECT 'org.organization', id, id, org_path, 'a.pdf', 'pdf', 1, 'x', '某人', id, now(), '某人', '错传', '2099-01-01' FROM org.organization WHERE id = ${city.school} RETURNING id`)
const [pair] = await system<{ id: number }>(sql`INSERT INTO org.distinct_pair (a_id, b_id, described, reason, by_name, org_path) SELECT ${city.school}, ${city.primary}, '{"a":{"name":"甲","address":null,"uscc":null},"b":{"name":"乙","address":null,"uscc":null}}', '两所学校', '某人', org_path FROM org.organization WHERE id = ${city.education} RETURNING id`)
const [saved] = await system<{ id: number }>(sql`INSERT INTO imports.mapping (target, name, mapping, org_path, by_name) SELECT 'energy', '月账单', '{"columns":{}}', org_path, '某人' FROM org.organization WHERE id = ${city.yuzhong} RETURNING id`)
const [job] = await system<{ id: number }>(sql`INSERT INTO app.job (kind, label, read_permission, cancel_permission, org_path, by_name) SELECT 'recompute', '重算', 'report.read', 'report.read', org_path, '某人' FROM org.organization WHERE id = ${city.yuzhong} RETURNING id`)
const [target] = await system<{ id: number }>(sql`INSERT INTO energy.target (indicator, scope, region_id, org_path, base_year, target_year, reduction_percent, source) SELECT 'energyPerPerson', 'region', region_id, org_path, 2020, 2025, 5, '规划' FROM org.organization WHERE id = ${city.yuzhong} RETURNING id`)
const [entitlement] = await system<{ id: number }>(sql`INSERT INTO auth.entitlement (post_id, organization_id, org_path, role, valid_to, reason) SELECT ${clerk.postId}, id, org_path, 'leader', '2099-01-01', 'x' FROM org.organization WHERE id = ${city.school} RETURNING id`)

/** Operations whose path or input names a record: what is hidden from Wanzhou. */
const HIDDEN: Record<string, number> = { organizations: city.school, filings: filing, reviews: filing, imports: batch!.id, people: person, posts: clerk.postId, proposals: proposal, entitlements: entitlement!.id, energy: target!.id, attachments: attachment!.id, 'organization-pairs': pair!.id, jobs: job!.id, 'import-mappings': saved!.id }
/** What belongs to everybody, or only to whoever asks: there is no hidden one to compare with. */
const NOT_HIDDEN: Record<string, string> = {
  'setting.update': 'settings are the city’s, read by everybody', 'setting.history': 'likewise',
  'view.delete': 'one’s own views: another’s is not found', 'import.template': 'a kind of import, no record', 'publication.get': 'published to everybody', 'publication.download': 'published to everybody',
}
const operations = domains.flatMap((d) => d.handlers.map((h) => h.operation)) as Operation[]
const shape = (o: Operation) => z.toJSONSchema(o.input, { io: 'input', unrepresentable: 'any' }) as any
/** The smallest input that the schema accepts. */
function smallest(s: any, root: any, name = ''): unknown {
  if (s.$ref) return smallest(String(s.$ref).split('/').slice(1).reduce((at: any, k) => at[k], root), root, name)
  if (s.default !== undefined) return s.default
  if (s.const !== undefined) return s.const
  if (s.enum) return s.enum[0]
  const either = s.anyOf ?? s.oneOf
  if (either) return smallest(either[0], root, name)
  switch (s.type) {
    case 'object': return Object.fromEntries((s.required ?? []).map((k: string) => [k, smallest(s.properties[k], root, k)]))
    case 'array': return Array.from({ length: Math.max(1, s.minItems ?? 0) }, () => smallest(s.items ?? {}, root, name))
    case 'integer': case 'number': return name === 'organizationId' || name === 'superiorId' ? city.bureau : name === 'personId' || name === 'successorId' ? asker.personId : name === 'version' || name === 'expected' ? 1 : Math.max(1, s.minimum > -1e9 ? (s.minimum ?? 1) : 1)
    case 'boolean': return true
    case 'string': return s.format === 'date' || name === 'to' || name === 'until' ? '2099-01-01' : s.format === 'date-time' || /until|date-time/.test(name) ? '2099-01-01T00:00:00Z' : name === 'period' ? '2026-01' : name === 'form' ? 'energy.monthly' : name === 'item' ? 'water' : '内容说明'
    default: return '2026-01'
  }
}
const EXTRA: Record<string, object> = {
  'organization.update': { patch: { people: 7 } }, 'post.handover': { kind: 'leave' }, 'entitlement.propose': { organizationId: city.bureau, role: 'filler' }, 'person.set-status': { status: 'suspended' }, 'person.link-identity': { issuer: 'https://sso.example.gov.cn' },
}
const named = operations.filter((o) => /:id\b|:organizationId\b/.test(o.path) || /:\w+/.test(o.path))

describe('an id in the path', () => {
  test.each(named.map((o) => [o.id, o] as const))('%s', async (_id, o) => {
    const kind = o.path.split('/')[1]!
    if (o.id in NOT_HIDDEN) return
    // What only an administrator may do is forbidden to everybody else, whatever the id.
    if (o.access !== 'signed-in' && !GRANTABLE_PERMISSIONS.includes(o.access)) return
    const hidden = HIDDEN[kind]
    expect(hidden, `${o.id} names a record by ${o.path}: say in this file which one is hidden from Wanzhou`).toBeDefined()
    const schema = shape(o)
    const input = { ...(smallest(schema, schema) as object), ...EXTRA[o.id] } as Record<string, unknown>
    for (const m of o.path.matchAll(/:(\w+)/g)) delete input[m[1]!]
    const ask = (id: number) => {
      const url = o.path.replace(/:\w+/g, String(id))
      return o.method === 'GET' ? who.get(url, Object.fromEntries(Object.entries(input).map(([k, v]) => [k, String(v)]))) : who.post(url, input)
    }
    const [a, b] = [await ask(hidden!), await ask(99_999_999)]
    expect([a.status, a.text], JSON.stringify(input)).toEqual([b.status, b.text])
    expect(a.status, a.text).toBe(404)
    // Content type and everything that could tell: the length is in the text.
    expect(a.headers['content-type']).toBe(b.headers['content-type'])
  })
})

describe('an id in the body', () => {
  const act = { effective: '2026-02-01', basis: '渝中委编〔2026〕7 号' }
  const cases: [string, (id: number) => [string, object], number, number][] = [
    ['save a form', (id) => ['/filings/save', { form: 'energy.monthly', period: '2026-02', organizationId: id, version: null, values: { water: '1' } }], city.school, 404],
    ['accept', (id) => ['/reviews/accept', { filings: [{ id, version: 1 }] }], filing, 404],
    ['return', (id) => ['/reviews/return', { filings: [{ id, version: 1 }], remarks: '请核对' }], filing, 404],
    ['remind', (id) => ['/reviews/remind', { form: 'energy.monthly', period: '2026-01', organizationIds: [id], text: '请填报' }], city.school, 200],
    ['an exception', (id) => ['/periods/exception', { form: 'energy.monthly', period: '2026-01', organizationId: id, reason: '更正', until: '2099-01-01T00:00:00Z' }], city.school, 404],
    ['found below', (id) => ['/organizations', { values: { name: '新设机构', category: '01', regionId: city.regions.wanzhou, superiorId: id } }], city.education, 400],
    ['rename', (id) => ['/organization-changes', { change: { kind: 'rename', id, name: '改名', ...act } }], city.school, 404],
    ['abolish', (id) => ['/organization-changes', { change: { kind: 'abolish', ids: [id], reason: '撤销', ...act } }], city.school, 404],
    ['merge into', (id) => ['/organization-changes', { change: { kind: 'merge', ids: [city.bureau], intoId: id, ...act } }], city.school, 400],
    ['move', (id) => ['/organization-changes', { change: { kind: 'move', ids: [city.bureau], superiorId: id, ...act } }], city.education, 404],
    ['many organizations', (id) => ['/organizations/bulk/preview', { selection: { ids: [id] }, patch: { people: 7 } }], city.school, 200],
    ['reveal', (id) => ['/reveal', { entity: 'org.organization', id, field: 'contactPhone', reason: '核实' }], city.school, 404],
    ['reveal a person', (id) => ['/reveal', { entity: 'auth.person', id, field: 'phone', reason: '核实' }], person, 404],
    ['appoint there', (id) => ['/people', { name: '来人', login: 'lai.ren', organizationId: id, role: 'filler', reason: '任命文件' }], city.school, 404],
    ['first codes there', (id) => ['/people/first-codes', { organizationId: id, reason: '发放' }], city.yuzhong, 404],
    ['lend there', (id) => [`/posts/${asker.postId}/handover`, { kind: 'transfer', organizationId: id, reason: '调动' }], city.education, 404],
    ['hand over to', (id) => [`/posts/${asker.postId}/handover`, { kind: 'leave', successorId: id, reason: '离任' }], clerk.personId, 404],
    ['let stand in', (id) => [`/posts/${asker.postId}/deputies`, { personId: id, to: '2099-01-01', reason: '休假' }], clerk.personId, 404],
    ['preview proposals', (id) => ['/proposals/preview', { chosen: [{ id, version: 1 }] }], proposal, 404],
    ['approve proposals', (id) => ['/proposals/approve-many', { chosen: [{ id, version: 1 }], expected: 1 }], proposal, 404],
  ]
  test.each(cases)('%s', async (_what, ask, hidden, status) => {
    const [a, b] = [await who.post(...ask(hidden)), await who.post(...ask(99_999_999))]
    expect([a.status, a.text]).toEqual([b.status, b.text])
    // Some acts refuse a form before they look: then there is nothing to tell apart, and the form here is wrong.
    expect(a.status, a.text).toBe(status)
  })
  test('and in a query', async () => {
    for (const [url, query, hidden] of [['/access/who', { subject: 'organization' }, city.school], ['/access/who', { subject: 'filing' }, filing], ['/access/who', { subject: 'person' }, person], ['/access/who', { subject: 'import' }, batch!.id]] as const) {
      const [a, b] = [await who.get(url, { ...query, id: hidden }), await who.get(url, { ...query, id: 99_999_999 })]
      expect([a.status, a.text]).toEqual([404, b.text])
    }
    for (const [url, query] of [['/access', {}], ['/people', {}], ['/filings/open', { form: 'energy.monthly', period: '2026-01' }]] as const) {
      const [a, b] = [await who.get(url, { ...query, organizationId: city.school }), await who.get(url, { ...query, organizationId: 99_999_999 })]
      expect([url, a.status, a.text]).toEqual([url, b.status, b.text])
    }
    expect((await yuzhong.get('/access/who', { subject: 'organization', id: city.school })).status).toBe(200)
  })
})
