/** An auditor reads words, never the names of tables: whatever is tracked, also by a table that does not exist yet, has them. */
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { domains } from './domains.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { changesOf, declareWords, entityLabel } from '../kernel/audit/words.ts'

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
