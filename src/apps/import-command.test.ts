/** `import energy FILE` as a script calls it: what it says, and by which code (docs/import.md). */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, expect, test } from 'vitest'
import { openSecrets } from '../kernel/authority/crypto.ts'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { commands } from '../kernel/test/command.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { buildFixture } from '../kernel/test/fixture.ts'
import { testSecrets } from '../kernel/test/secrets.ts'

const { db, connection } = await testDatabase()
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-import-command-'))
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }))
await openSecrets(db, testSecrets())
await openKeys(db, dataDir)
const city = await buildFixture(db)
const command = commands(connection, dataDir)
const { name } = (await db.asSystem('test', (trx) => trx.one<{ name: string }>(sql`SELECT name FROM org.organization WHERE id = ${city.school}`)))!

const put = (file: string, text: string) => {
  fs.writeFileSync(path.join(dataDir, file), text)
  return path.join(dataDir, file)
}
const mapping = put('energy.json', JSON.stringify({ form: 'monthly', institution: { from: '单位', by: 'name' }, period: '月份', columns: { electricity: '用电', electricityCost: '电(元)' } }))
const file = put('energy.csv', `单位,月份,用电,电(元),电(峰时),填表人,备注\n${name},2026-01,100,80,40,张三,\n没有的单位,2026-01,1,1,1,李四,\n`)

test('what of a file was not read is named, in words and as JSON', async () => {
  const said = await command('import', 'energy', file, '--mapping', mapping, '--dry-run', '--json')
  expect(JSON.parse(said.out)).toMatchObject({ ok: true, dryRun: true, written: false, counts: { lines: 2, create: 1, error: 1 }, unusedHeadings: ['电(峰时)', '填表人', '备注'], findings: [{ line: 3, code: 'unknown_institution' }] })
  expect(said.code).toBe(0)
  const words = await command('import', 'energy', file, '--mapping', mapping)
  expect(words.out.split('\n').slice(0, 3)).toEqual(['2 lines: 1 new, 0 changed, 0 unchanged, 0 duplicate, 0 left out, 1 faulty', 'not read: 电(峰时), 填表人, 备注', expect.stringMatching(/^1 forms, /)])
}, 60_000)
test('a mapping that names what the file has not: 2, and nothing is stored', async () => {
  const wrong = put('wrong.json', JSON.stringify({ form: 'monthly', institution: { from: '单位', by: 'name' }, period: '月份', columns: { electricity: '耗电' } }))
  const said = await command('import', 'energy', file, '--mapping', wrong, '--json')
  expect([said.code, JSON.parse(said.out)]).toEqual([2, expect.objectContaining({ ok: false, problem: expect.objectContaining({ code: 'missing_headings', message: expect.stringContaining('“耗电”') }) })])
}, 60_000)
