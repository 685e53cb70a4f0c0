/** An auditor reads words, never the names of tables: whatever is tracked, also by a table that does not exist yet, has them. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { domains } from './domains.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { PROFILES } from '../kernel/authority/policy.rules.ts'
import { detailOf, subjectOf } from '../kernel/audit/record.ts'
import { changesOf, declareWords, detailWords, entityLabel } from '../kernel/audit/words.ts'

const { connection } = await testDatabase()
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(() => owner.end())

/** Keys, seals and what only the database writes for itself. */
const QUIET = new Set(['id', 'version', 'mac', 'key_version', 'org_path', 'updated_at', 'name_grams', 'created_at'])

test('every tracked table and each of its columns has a name', async () => {
  declareWords(domains, domains.flatMap((d) => d.handlers).map((h) => h.operation))
  const { rows } = await owner.query<{ entity: string; args: string[]; columns: string[] }>(`
    SELECT DISTINCT a[1] AS entity, a AS args, ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = tgrelid AND attnum > 0 AND NOT attisdropped AND attgenerated = '') AS columns
    FROM pg_trigger, LATERAL (SELECT array_remove(string_to_array(encode(tgargs, 'escape'), '\\000'), '') AS a) x
    WHERE tgfoid IN ('audit.track'::regproc, 'audit.track_statement'::regproc) ORDER BY 1`)
  expect(rows.length).toBeGreaterThan(20)
  const nameless = rows.flatMap(({ entity, args, columns }) => [
    ...(entityLabel(entity) === entity ? [entity] : []),
    ...columns.filter((c) => !QUIET.has(c) && !args.includes(c) && changesOf(entity, 'update', { [c]: [null, null] }, { region: new Map(), organization: new Map(), person: new Map() })[0]!.label === c).map((c) => `${entity}.${c}`),
  ])
  expect(nameless).toEqual([])
})

test('what an act was asked with has names too, for every operation there is', () => {
  const bare = (s: any): any => (s?.def?.innerType ?? s?.def?.in ? bare(s.def.innerType ?? s.def.in) : s)
  /** An input with something in every place. */
  const full = (schema: any): unknown => {
    const s = bare(schema)
    switch (s?.def?.type) {
      case 'number': return 1
      case 'boolean': return true
      case 'array': return [full(s.def.element)]
      case 'object': return Object.fromEntries(Object.entries(s.shape).map(([k, v]) => [k, full(v)]))
      case 'union': {
        const all = s.def.options.map(full)
        return typeof all[0] === 'object' ? Object.assign({}, ...all) : all[0]
      }
      default: return '字'
    }
  }
  const operations = domains.flatMap((d) => d.handlers).map((h) => h.operation)
  declareWords(domains, operations)
  const told = operations.flatMap((o) => detailWords(detailOf(full(o.input))).map((d) => `${o.id}: ${d.label} ${d.value}`))
  expect(told.length).toBeGreaterThan(100)
  expect(told.filter((t) => /[a-z]/i.test(t.slice(t.indexOf(': '))))).toEqual([])
})

test('codes are words and instants the office’s, also of what stands in the trail from before', () => {
  const none = { region: new Map(), organization: new Map(), person: new Map() }
  expect(changesOf('auth.proposal', 'update', { state: ['proposed', 'approved'], decided_at: [null, '2026-11-26T00:32:21.936446+00:00'], role: ['filler', 'leader'] }, none).map((c) => [c.before, c.after]))
    .toEqual([['待审批', '已同意'], [null, '2026-11-26 08:32:21'], ['填报人', '领导']])
  expect(changesOf('auth.policy', 'update', { second_factor_roles: [['leader'], ['leader', 'city_reviewer']], profile: ['GB-L3', 'NIST'] }, none).map((c) => c.after)).toEqual(['领导、市级审核人', PROFILES.NIST.label])
  expect(detailWords({ filings: [{ id: 7, version: 2 }], division: 'now', entity: 'auth.person' }).map((d) => d.value)).toEqual(['编号 7，版本 2', '按现行区划', '人员'])
  // A question about an access list is no record called “access”.
  expect([subjectOf('access.who', { id: 5 }), subjectOf('post.appoint', { id: 5 }), subjectOf('post.end', { id: 5 }), entityLabel('access')]).toEqual([{}, { entity: 'auth.person', recordId: 5 }, { entity: 'auth.post', recordId: 5 }, '记录'])
})
