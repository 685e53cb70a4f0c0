/** A trail of ten million lines over seven months, written once into a database of its own; then it is only read. */
import pg from 'pg'
import { gongxie, urlOf, withClient, type Site } from './data.ts'
import { execFileSync } from 'node:child_process'
import { createHash, createHmac, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'

export const TRAIL = 'gongxie_bench_trail'
const MONTHS = 7
const PEOPLE = 5000
const PLACES = 16_800
const REASONS = 20_000

/** One month's lines as a city writes them: mostly figures of forms, some of the register, sign-ins, exports, refusals. */
const FILL = `
INSERT INTO audit.entry (at, kind, actor_id, actor_name, post_id, role, actor_organization_id, session, address, operation, entity, record_id, org_path, action, changes, detail, result, code, reason, basis, batch_id, matter, clause)
SELECT $1::timestamptz + (n::float8 / $2) * $3::interval, CASE WHEN act THEN 'act' ELSE 'change' END, person, '人员' || person, person, (ARRAY['filler', 'responsible', 'district_reviewer', 'city_reviewer'])[1 + person % 4], place, substr(md5(person::text || n / 200), 1, 16),
  '10.' || person % 40 || '.' || person % 250 || '.' || n % 250,
  CASE WHEN act THEN (ARRAY['session.sign-in', 'session.sign-out', 'organization.export', 'filing.submit', 'review.accept'])[1 + n % 5] ELSE (ARRAY['filing.save', 'filing.save', 'import.apply', 'organization.update'])[1 + n % 4] END,
  CASE WHEN act AND n % 5 < 3 THEN NULL WHEN n % 4 = 3 THEN 'org.organization' ELSE (ARRAY['energy.monthly_2025', 'energy.quarterly_2025', 'energy.annual_2025'])[1 + n % 3] END,
  CASE WHEN act AND n % 5 < 3 THEN NULL WHEN n % 4 = 3 THEN place ELSE (random() * 900000)::int + 1 END,
  '1.' || place % 41 + 2 || '.' || place || '.', CASE WHEN act THEN (ARRAY['sign-in', 'sign-out', 'export', 'act', 'act'])[1 + n % 5] WHEN n % 3 = 0 THEN 'create' ELSE 'update' END,
  CASE WHEN NOT act AND n % 3 > 0 THEN jsonb_build_object('electricity', jsonb_build_array((random() * 90000)::numeric(12, 2), (random() * 90000)::numeric(12, 2)), 'water', jsonb_build_array(n % 900, n % 877)) END,
  CASE WHEN act THEN jsonb_build_object('version', n % 9) END, CASE WHEN act AND n % 50 = 0 THEN 'refused' ELSE 'done' END, CASE WHEN act AND n % 50 = 0 THEN 'forbidden' END,
  CASE WHEN n % 4 = 1 THEN '第' || (random() * ${REASONS})::int || '号' || (ARRAY['更正上月电量', '补录用水', '年度核对', '按审核意见修改', '机构更名'])[1 + n % 5] END, NULL, CASE WHEN n % 4 = 2 THEN n / 5000 END, NULL, NULL
FROM (SELECT n, n % 5 = 4 AS act, 1 + (random() * ${PEOPLE})::int AS person, 100 + (random() * ${PLACES})::int AS place FROM generate_series(1, $2::int) AS n) g`

async function fill(c: pg.Client, lines: number, say: (line: string) => void): Promise<void> {
  const indexes = (await c.query<{ name: string; definition: string }>(`SELECT indexname AS name, indexdef AS definition FROM pg_indexes WHERE schemaname = 'audit' AND tablename = 'entry' AND indexname <> 'entry_pkey'`)).rows
  for (const i of indexes) await c.query(`DROP INDEX audit.${i.name}`)
  const { first } = (await c.query(`SELECT (date_trunc('month', app.today()) - interval '${MONTHS - 1} months')::date::text AS first`)).rows[0]
  await c.query(`CALL audit.open_months($1, app.today())`, [first])
  for (let m = 0; m < MONTHS; m++) {
    const { from, length } = (await c.query(`SELECT ($1::date + interval '${m} months') AT TIME ZONE 'Asia/Shanghai' AS "from", least(now(), ($1::date + interval '${m + 1} months') AT TIME ZONE 'Asia/Shanghai') - (($1::date + interval '${m} months') AT TIME ZONE 'Asia/Shanghai') AS length`, [first])).rows[0]
    await c.query(FILL, [from, Math.round(lines / MONTHS), length])
    say(`  month ${m + 1} of ${MONTHS} written`)
  }
  for (const i of indexes) {
    await c.query(i.definition.replace(' ON ONLY ', ' ON '))
    say(`  ${i.name}`)
  }
  await c.query(`INSERT INTO audit.reason (key, reason, grams, since) SELECT reason_key, min(reason), app.grams(min(reason)), min(at) FROM audit.entry WHERE reason_key IS NOT NULL GROUP BY 1 ON CONFLICT DO NOTHING`)
  // What was invented is not sealed; the sealer has nothing to do while it is read.
  await c.query(`UPDATE audit.chain SET settled = (SELECT last_value FROM audit.entry_id)`)
  await c.query('VACUUM (ANALYZE) audit.entry')
  await c.query('VACUUM (ANALYZE) audit.reason')
}

/** The database, filled when it is not, and a session of an auditor in it. */
export async function trailOn(server: pg.ClientConfig, dataDir: string, lines: number, say: (line: string) => void): Promise<{ site: Site; headers: Record<string, string> }> {
  const connection = { ...server, database: TRAIL }
  const there = await withClient(server, async (c) => {
    const found = (await c.query('SELECT 1 FROM pg_database WHERE datname = $1', [TRAIL])).rowCount
    if (!found) await c.query(`CREATE DATABASE ${TRAIL}`)
    return !!found
  })
  const own = path.join(dataDir, 'trail')
  const environment = { ...process.env, DATABASE_URL: urlOf(connection) }
  if (!there) execFileSync(process.execPath, [gongxie, 'user', 'add', 'bench.auditor', '--name', '审计员', '--role', 'audit_administrator', '--data-dir', own, '--json'], { env: environment, stdio: 'ignore' })
  const filled = path.join(own, `filled-${lines}`)
  if (!fs.existsSync(filled)) {
    await withClient(connection, (c) => fill(c, lines, say))
    fs.writeFileSync(filled, '')
  }
  // As after the first sign-in, in which the auditor chose a password and enrolled a second factor.
  await withClient(connection, (c) => c.query(`UPDATE auth.account SET must_change = false WHERE login = 'bench.auditor'`))
  const token = randomBytes(32).toString('base64url')
  await withClient(connection, (c) => c.query(`
    INSERT INTO auth.session (token_hash, account_id, post_id, expires_at, second_factor) SELECT $1, a.id, p.id, now() + interval '12 hours', true FROM auth.account a JOIN auth.post p ON p.person_id = a.person_id WHERE a.login = 'bench.auditor'`,
  [createHash('sha256').update(token).digest('hex')]))
  return {
    site: { name: 'city', dataDir: own, connection, accounts: [] },
    headers: { cookie: `gongxie=${token}`, 'x-gongxie-token': createHmac('sha256', token).update('csrf').digest('base64url') },
  }
}
