/** `audit …` as an auditor calls it on the machine: what it says, and by which code a script knows (docs/audit.md). */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSecrets } from '../kernel/authority/crypto.ts'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { commands } from '../kernel/test/command.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { buildFixture } from '../kernel/test/fixture.ts'
import { testSecrets } from '../kernel/test/secrets.ts'

const { db, connection } = await testDatabase()
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-audit-command-'))
await openSecrets(db, testSecrets())
await openKeys(db, dataDir)
const city = await buildFixture(db)
const command = commands(connection, dataDir)
const owner = new pg.Client(connection)
beforeAll(async () => {
  await owner.connect()
  for (let n = 1; n <= 12; n++) await db.asSystem({ operation: 'test', reason: `更名 ${n}` }, (trx) => trx.run(sql`UPDATE org.organization SET remarks = ${`第 ${n} 次`} WHERE id = ${city.school}`))
})
afterAll(async () => {
  await owner.end()
  fs.rmSync(dataDir, { recursive: true, force: true })
})
const free = (how: 'DISABLE' | 'ENABLE ALWAYS') => owner.query(`DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'stays' LOOP EXECUTE format('ALTER TABLE %s ${how} TRIGGER stays', t); END LOOP; END $$`)
/** As somebody who owns the database. */
const forcibly = async (statement: string) => {
  await free('DISABLE')
  await owner.query(statement)
  await free('ENABLE ALWAYS')
}
const seqOf = async (reason: string) => Number((await owner.query(`SELECT s.seq FROM audit.seal s JOIN audit.entry e ON e.id = s.entry_id WHERE e.reason = $1`, [reason])).rows[0].seq)

describe('verify', () => {
  test('an intact trail: 0, as a whole and in part, in words and as JSON', async () => {
    expect((await command('audit', 'seal')).out).toMatch(/^sealed \d+, anchored number \d+\n$/)
    const whole = await command('audit', 'verify')
    expect([whole.code, whole.out]).toEqual([0, expect.stringMatching(/^intact: numbers 1 to (\d+) of \1\n/)])
    expect(await command('audit', 'verify', '--from', '3', '--to', '7')).toMatchObject({ code: 0, out: expect.stringMatching(/^intact: numbers 3 to 7 of /) })
    expect(JSON.parse((await command('audit', 'verify', '--json')).out)).toMatchObject({ intact: true, findings: [] })
  }, 60_000)
  test('a changed line: 1, and the first bad number; a part before it is intact', async () => {
    const seq = await seqOf('更名 7')
    await forcibly(`UPDATE audit.entry SET reason = '更名 70' WHERE reason = '更名 7'`)
    expect(await command('audit', 'verify')).toMatchObject({ code: 1, out: expect.stringContaining(`first bad or missing number ${seq}:`) })
    expect((await command('audit', 'verify', '--to', String(seq - 1))).code).toBe(0)
    await forcibly(`UPDATE audit.entry SET reason = '更名 7' WHERE reason = '更名 70'`)
    expect((await command('audit', 'verify')).code).toBe(0)
  }, 60_000)
  test('a tail that was cut off: 1, by the anchor, and the number from which it is gone', async () => {
    await owner.query('CREATE TABLE public.cut AS SELECT * FROM audit.seal ORDER BY seq DESC LIMIT 3')
    const { seq } = (await owner.query('SELECT min(seq)::int AS seq FROM public.cut')).rows[0]
    await forcibly('DELETE FROM audit.seal WHERE seq IN (SELECT seq FROM public.cut)')
    const verdict = JSON.parse((await command('audit', 'verify', '--json')).out)
    expect([verdict.intact, verdict.findings[0].seq, verdict.findings.some((f: { why: string }) => f.why === 'tail')]).toEqual([false, seq, true])
    await owner.query('INSERT INTO audit.seal SELECT * FROM public.cut; DROP TABLE public.cut')
    expect((await command('audit', 'verify')).code).toBe(0)
  }, 60_000)
  test.each([[['verify', '--from', 'x']], [['verify', '--to', '0']], [['prove']], [['archive', '--before', '2026']], [['export', 'a.pdf']], [['verify-export', '/nowhere.csv']]])('%j: 2', async (args) => {
    const { code, out, err } = await command('audit', ...args)
    expect([code, out, err.length > 10]).toEqual([2, '', true])
  }, 30_000)
})

test('an export is signed: 0; with one byte changed: 1', async () => {
  const file = path.join(dataDir, '审计.csv')
  expect((await command('audit', 'export', file)).code).toBe(0)
  expect(await command('audit', 'verify-export', file)).toMatchObject({ code: 0, out: expect.stringContaining('as it was signed') })
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('更名 7', '更名 8'))
  expect(await command('audit', 'verify-export', file)).toMatchObject({ code: 1, out: expect.stringContaining('NOT INTACT') })
}, 60_000)

test('a month is archived, proves by itself, and no longer with one word changed; a new key seals on', async () => {
  await owner.query(`CALL audit.open_months((date_trunc('month', app.today()) - interval '9 months')::date, (date_trunc('month', app.today()) - interval '8 months')::date)`)
  await owner.query(`INSERT INTO audit.entry (at, kind, actor_name, operation, org_path, action, reason) SELECT (date_trunc('month', app.today()) - interval '9 months' + interval '3 days')::timestamp AT TIME ZONE 'Asia/Shanghai', 'act', '某人', 'test.old', '1.', 'act', '旧事'`)
  await command('audit', 'seal')
  const { before } = (await owner.query(`SELECT (date_trunc('month', app.today()) - interval '8 months')::date::text AS before`)).rows[0]
  const folder = path.join(dataDir, 'archive')
  expect(await command('audit', 'archive', '--before', before, '--to', folder)).toMatchObject({ code: 0, out: expect.stringMatching(/archived 1 months\n$/) })
  const file = path.join(folder, fs.readdirSync(folder).find((f) => f.endsWith('.gz'))!)
  expect((await command('audit', 'verify', '--archive', file)).code).toBe(0)
  expect(await command('audit', 'verify')).toMatchObject({ code: 0, out: expect.stringContaining('1 numbers are archived') })
  fs.writeFileSync(file, gzipSync(gunzipSync(fs.readFileSync(file)).toString('utf8').replace('旧事', '新事')))
  expect(await command('audit', 'verify', '--archive', file)).toMatchObject({ code: 1, out: expect.stringContaining('NOT INTACT') })
  expect(await command('audit', 'rotate-key')).toMatchObject({ code: 0, out: expect.stringMatching(/^key 2 seals from now on/) })
  expect((await command('audit', 'verify')).code).toBe(0)
}, 90_000)
