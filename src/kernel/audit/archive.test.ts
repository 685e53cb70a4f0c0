/** A month becomes a file: proven by itself, and the chain across the cut. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { todayInChongqing } from '../reports/period.rules.ts'
import { testDatabase } from '../test/database.ts'
import { buildFixture } from '../test/fixture.ts'
import { anchor } from './anchor.ts'
import { archiveBefore, verifyArchive } from './archive.ts'
import { openKeys, Sealer } from './seal.ts'
import { verify } from './verify.ts'

const { db, connection } = await testDatabase()
await buildFixture(db)
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-archive-'))
const out = path.join(dataDir, 'out')
const anchors = path.join(dataDir, 'anchors')
const ring = await openKeys(db, dataDir)
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(async () => {
  await owner.end()
  fs.rmSync(dataDir, { recursive: true, force: true })
})
const proof = () => verify(db, ring, { anchors, patience: 0, batch: 13 })
const monthsAgo = async (n: number): Promise<string> => (await owner.query(`SELECT (date_trunc('month', app.today()) - interval '${n} months')::date::text AS d`)).rows[0].d
const write = (month: string, day: number, who: string) => owner.query(`INSERT INTO audit.entry (at, kind, actor_name, operation, org_path, action, reason) VALUES (($1::date + ${day})::timestamp AT TIME ZONE 'Asia/Shanghai', 'act', '${who}', 'test.old', '1.', 'act', '旧事')`, [month])

test('what is younger than half a year stays, whatever is asked', async () => {
  await expect(archiveBefore(db, ring, todayInChongqing(), out, () => {})).rejects.toThrow('stays online for 6 months')
})

test('two months go into files, the chain holds, and the files hold against it', async () => {
  const [nine, eight, seven] = [await monthsAgo(9), await monthsAgo(8), await monthsAgo(7)]
  await owner.query('CALL audit.open_months($1, $2)', [nine, seven])
  for (let n = 0; n < 20; n++) await write(nine, n, `甲${n}`)
  // A transaction over midnight of the month: its line is sealed among those of the next.
  for (let n = 0; n < 20; n++) {
    await write(eight, n, `乙${n}`)
    if (n === 3) await write(nine, 27, '跨月的')
  }
  await write(seven, 2, '丙')
  await expect(archiveBefore(db, ring, seven, out, () => {})).rejects.toThrow('without a seal')
  await new Sealer(db, ring).all()
  await anchor(db, ring, anchors)
  const whole = await proof()
  expect(whole.findings).toEqual([])

  const done = await archiveBefore(db, ring, seven, out, () => {})
  expect(done.map((a) => [a.month, a.entries])).toEqual([[nine, 21], [eight, 20]])
  expect((await owner.query(`SELECT count(*)::int AS n FROM audit.entry WHERE operation = 'test.old'`)).rows[0].n).toBe(1)
  expect(await proof()).toMatchObject({ intact: true, findings: [], archived: 41, head: whole.head })
  const [first, second] = done.map((a) => path.join(out, a.file))
  expect(await verifyArchive(ring, first!)).toMatchObject({ intact: true, month: nine.slice(0, 7), entries: 21, sm3: done[0]!.fileSm3 })
  expect(await verifyArchive(ring, second!)).toMatchObject({ intact: true, entries: 20 })
  // Once more: there is nothing left to archive, and a file is never written over.
  expect(await archiveBefore(db, ring, seven, out, () => {})).toEqual([])

  const lines = gunzipSync(fs.readFileSync(first!)).toString('utf8').trimEnd().split('\n')
  const changed = async (how: (l: string[]) => string[]) => {
    const file = path.join(out, 'changed.gz')
    fs.writeFileSync(file, gzipSync(`${how([...lines]).join('\n')}\n`))
    return verifyArchive(ring, file)
  }
  const seqOf = (n: number) => (JSON.parse(lines[n]!) as [number])[0]
  expect(await changed((l) => l.with(5, l[5]!.replace('甲4', '改4')))).toMatchObject({ intact: false, firstBad: seqOf(5) })
  expect(await changed((l) => l.toSpliced(7, 1))).toMatchObject({ intact: false, why: expect.stringMatching(/missing|signature/) })
  expect(await changed((l) => l.with(3, l[4]!).with(4, l[3]!))).toMatchObject({ intact: false })
  expect(await changed((l) => l.slice(0, 9))).toMatchObject({ intact: false, firstBad: seqOf(8) + 1, why: 'the end is missing' })
  fs.writeFileSync(path.join(out, 'cut.gz'), fs.readFileSync(first!).subarray(0, 300))
  expect((await verifyArchive(ring, path.join(out, 'cut.gz'))).intact).toBe(false)
})

test('a month that does not prove is left alone', async () => {
  const seven = await monthsAgo(7)
  await owner.query(`ALTER TABLE audit.entry_${seven.slice(0, 7).replace('-', '_')} DISABLE TRIGGER stays; UPDATE audit.entry SET actor_name = '丁' WHERE actor_name = '丙'`)
  await expect(archiveBefore(db, ring, await monthsAgo(6), out, () => {})).rejects.toThrow('does not verify')
  expect(fs.readdirSync(out).filter((f) => f.includes(seven.slice(0, 7)))).toEqual([])
  await owner.query(`UPDATE audit.entry SET actor_name = '丙' WHERE actor_name = '丁'; ALTER TABLE audit.entry_${seven.slice(0, 7).replace('-', '_')} ENABLE ALWAYS TRIGGER stays`)
  expect((await proof()).findings).toEqual([])
})

test('nobody gets rid of a month by claiming that it was archived', async () => {
  const seven = await monthsAgo(7)
  await owner.query('BEGIN')
  await owner.query(`DROP TABLE audit.entry_${seven.slice(0, 7).replace('-', '_')}`)
  await owner.query(`INSERT INTO audit.archive (month, first_seq, last_seq, entries, file, file_sm3, seals_sm3, key, signature) VALUES ('${seven}', 1, 1, 1, 'x', 'x', 'x', 1, 'x')`)
  await owner.query('COMMIT')
  const { findings } = await proof()
  expect(findings.map((f) => f.why)).toContain('archive')
})
