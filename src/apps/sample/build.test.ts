import { createHash } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { verifyPassword } from '../../kernel/authority/password.ts'
import type { Database } from '../../kernel/db/database.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { energyReports } from '../../domains/energy/reports/versions.rules.ts'
import { buildSample } from './build.ts'
import type { SampleAccount } from './people.phase.ts'
import type { Scale } from './scale.rules.ts'
import { readState } from './state.ts'

const one = (await testDatabase()).db
const other = (await testDatabase()).db
const real = (await testDatabase()).db
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-sample-'))
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }))

const tiny: Scale = { name: 'small', institutions: 90, municipalDepartments: 4, municipalInstitutions: 6, months: 6, history: true, everyForm: true }
const rows = <T = Record<string, unknown>>(db: Database, text: string) => db.asSystem('test', (trx) => trx.rows<T>(sql.raw(text)))

async function fingerprint(db: Database): Promise<Record<string, string>> {
  const tables: Record<string, string> = {
    'org.organization': `to_jsonb(t) - '{created_at,updated_at,version}'::text[]`, 'org.placement': 'to_jsonb(t)', 'auth.person': 'to_jsonb(t)', 'auth.post': 'to_jsonb(t)',
    'org.succession': 'to_jsonb(t)', 'auth.account': `to_jsonb(t) - '{password_hash,password_changed_at}'::text[]`, 'reports.filing': `to_jsonb(t) - '{updated_at,version}'::text[]`,
    'reports.finding': 'to_jsonb(t)', 'reports.review': `to_jsonb(t) - 'id'`, 'energy.cube': 'to_jsonb(t)', ...Object.fromEntries(energyReports.map((r) => [r.name, 'to_jsonb(t)'])),
  }
  const found: Record<string, string> = {}
  for (const [table, expression] of Object.entries(tables)) {
    const list = await rows<{ j: string }>(db, `SELECT (${expression})::text AS j FROM ${table} t ORDER BY 1`)
    found[table] = `${list.length} ${createHash('sha256').update(list.map((r) => r.j).join('\n')).digest('hex')}`
  }
  return found
}

test('an interrupted build goes on and ends as one that was not, with history or without', async () => {
  await buildSample({ db: one, dataDir }, { scale: tiny })
  const stop = (phase: string) => {
    if (phase === '报表') throw new Error('the lights went out')
  }
  await expect(buildSample({ db: other, dataDir }, { scale: { ...tiny, history: false }, onProgress: stop })).rejects.toThrow('the lights went out')
  expect((await readState(other)).mark).toMatchObject({ done: ['organizations', 'people'], complete: false })
  expect(await rows(other, 'SELECT 1 FROM reports.filing LIMIT 1')).toEqual([])
  const rest = await buildSample({ db: other, dataDir }, { scale: { ...tiny, history: false } })
  expect(Object.keys(rest.counts)).toEqual(['forms', 'findings', 'totals'])
  expect(await fingerprint(other)).toEqual(await fingerprint(one))
  const again = await buildSample({ db: one, dataDir }, { scale: tiny })
  expect(again.counts).toEqual({})
}, 60_000)

test('paths are what the triggers would have written', async () => {
  const before = await rows(one, 'SELECT id, org_path FROM org.organization ORDER BY id')
  await other.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET superior_id = superior_id`))
  expect(await rows(other, 'SELECT id, org_path FROM org.organization ORDER BY id')).toEqual(before)
  expect(await rows(one, `SELECT 1 FROM org.placement p JOIN org.organization o ON o.id = p.organization_id WHERE p.valid_to IS NULL AND (p.org_path, p.region_id) IS DISTINCT FROM (o.org_path, o.region_id)`)).toEqual([])
})

test('accounts open with the passwords that were written down for the owner only', async () => {
  const file = path.join(dataDir, 'sample-accounts.json')
  expect(fs.statSync(file).mode & 0o777).toBe(0o600)
  const accounts = JSON.parse(fs.readFileSync(file, 'utf8')) as SampleAccount[]
  const [stored] = await rows<{ hash: string }>(other, `SELECT password_hash AS hash FROM auth.account WHERE login = 'yuzhong.shenhe'`)
  expect(await verifyPassword(stored!.hash, accounts.find((a) => a.login === 'yuzhong.shenhe')!.password)).toBe(true)
  for (const role of ['city_reviewer', 'leader', 'system_administrator', 'district_reviewer', 'filler', 'responsible']) expect(accounts.some((a) => a.role === role), role).toBe(true)
  const [n] = await rows<{ n: number }>(one, `SELECT count(DISTINCT organization_id) AS n FROM auth.post t JOIN org.organization o ON o.id = t.organization_id WHERE o.kind = 'district' AND t.role = 'district_reviewer' AND t.valid_to IS NULL AND o.valid_to IS NULL`)
  expect(n!.n).toBe(39)
})

test('slips are found by the checks, and what is not fit is not counted', async () => {
  const kinds = (await rows<{ code: string }>(one, `SELECT DISTINCT split_part(check_code, '.', 1) AS code FROM reports.finding`)).map((r) => r.code)
  expect(kinds).toEqual(expect.arrayContaining(['magnitude', 'missing-months', 'quantity-without-charge']))
  expect(await rows(one, 'SELECT 1 FROM reports.filing WHERE counted AND hard_findings > 0')).toEqual([])
  const [sums] = await rows<{ forms: string; cube: string }>(one, `
    SELECT (SELECT sum(v.electricity) FROM energy.annual_2025 v JOIN reports.filing f ON f.id = v.filing_id WHERE f.counted)::text AS forms,
           (SELECT sum(electricity) FROM energy.cube WHERE months = 12 AND period_start = '2025-01-01')::text AS cube`)
  expect(sums!.cube).toBe(sums!.forms)
})

test('where there are real organisations, there is no sample', async () => {
  await buildFixture(real)
  await expect(buildSample({ db: real, dataDir }, { scale: tiny })).rejects.toThrow('已有真实机构')
})
