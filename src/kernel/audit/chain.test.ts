/** The chain against whoever may do everything in the database, and against ourselves: two sealers, many writers. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import pg from 'pg'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { testDatabase } from '../test/database.ts'
import { buildFixture } from '../test/fixture.ts'
import { anchor, readAnchors } from './anchor.ts'
import { fingerprint, readKeys, rotateKey } from './key.ts'
import { recordApart } from './record.ts'
import { openKeys, Sealer, startSealing } from './seal.ts'
import { verify } from './verify.ts'

const { db, connection } = await testDatabase()
const city = await buildFixture(db)
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-audit-'))
const anchors = path.join(dataDir, 'anchors')
const ring = await openKeys(db, dataDir)
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(async () => {
  await owner.end()
  fs.rmSync(dataDir, { recursive: true, force: true })
})
const proof = (more: object = {}) => verify(db, ring, { anchors, patience: 0, batch: 7, ...more })
const rename = (n: number | string) => db.asSystem({ operation: 'test', reason: `更名 ${n}` }, (trx) => trx.run(sql`UPDATE org.organization SET remarks = ${`第 ${n} 次`} WHERE id = ${city.school}`))

/** As somebody who owns the database and wants the trail to say something else; undone afterwards. */
async function tampered(statements: string, run: () => Promise<void>): Promise<void> {
  await owner.query(`CREATE TABLE public.kept_entry AS SELECT * FROM audit.entry; CREATE TABLE public.kept_seal AS SELECT * FROM audit.seal`)
  const free = (how: 'DISABLE' | 'ENABLE ALWAYS') => owner.query(`DO $$ DECLARE t regclass; BEGIN
    FOR t IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'stays' LOOP EXECUTE format('ALTER TABLE %s ${how} TRIGGER stays', t); END LOOP; END $$`)
  await free('DISABLE')
  try {
    await owner.query(statements)
    await run()
  } finally {
    const columns = (await owner.query<{ list: string }>(`SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS list FROM pg_attribute WHERE attrelid = 'audit.entry'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`)).rows[0]!.list
    await owner.query(`DELETE FROM audit.seal; DELETE FROM audit.entry; INSERT INTO audit.entry (${columns}) SELECT ${columns} FROM public.kept_entry; INSERT INTO audit.seal SELECT * FROM public.kept_seal;
      DROP TABLE public.kept_entry; DROP TABLE public.kept_seal`)
    await free('ENABLE ALWAYS')
  }
}
const seqOf = async (condition: string) => Number((await owner.query(`SELECT s.seq FROM audit.seal s JOIN audit.entry e ON e.id = s.entry_id WHERE ${condition} ORDER BY s.seq LIMIT 1`)).rows[0].seq)

describe('a trail of some length', () => {
  beforeEach(async () => {
    if ((await new Sealer(db, ring).all()) === 0 && (await proof()).head > 30) return
    for (let n = 1; n <= 30; n++) await rename(n)
    await recordApart(db, { operation: 'session.sign-in', action: 'sign-in' }, { actorName: '张三', address: '10.0.0.1' })
    await new Sealer(db, ring).all()
    await anchor(db, ring, anchors)
  })

  test('verifies, whole and in part, and reaches its anchor', async () => {
    const verdict = await proof()
    expect(verdict).toMatchObject({ intact: true, findings: [], from: 1, to: verdict.head, checked: verdict.head, notes: [] })
    expect(verdict.head).toBeGreaterThan(40)
    expect(await proof({ from: 10, to: 20 })).toMatchObject({ intact: true, checked: 11 })
  })
  test('nobody edits it: not the app, not the system, not the owner by mistake', async () => {
    for (const statement of ['UPDATE audit.entry SET actor_name = \'x\'', 'DELETE FROM audit.entry', 'TRUNCATE audit.entry', 'UPDATE audit.seal SET seq = seq + 1', 'DELETE FROM audit.seal', 'TRUNCATE audit.seal',
      `SET session_replication_role = replica; DELETE FROM audit.entry`, 'TRUNCATE audit.entry_other']) {
      await expect(owner.query(`BEGIN; ${statement}`), statement).rejects.toThrow('only ever added to')
      await owner.query('ROLLBACK')
    }
    for (const table of ['entry', 'seal', 'key']) await expect(db.asSystem('test', (trx) => trx.run(sql`DELETE FROM ${sql.table(`audit.${table}`)}`))).rejects.toMatchObject({ code: '42501' })
  })
  test('an edited line is named', async () => {
    const seq = await seqOf(`e.reason = '更名 7'`)
    for (const set of [`reason = '更名 8'`, `actor_name = '李四'`, `at = at - interval '1 microsecond'`, `at = at - interval '90 days'`, `changes = '{}'`, `operation = 'x'`, `clause = ''`, `result = 'failed'`])
      await tampered(`UPDATE audit.entry SET ${set} WHERE reason = '更名 7'`, async () => {
        expect((await proof()).findings.map((f) => [f.seq, f.why]), set).toEqual([[seq, 'changed']])
      })
  })
  test('an edited line with a hash of its own breaks the next', async () => {
    const seq = await seqOf(`e.reason = '更名 7'`)
    await tampered(`UPDATE audit.seal SET hash = sha256('x') WHERE seq = ${seq}`, async () => {
      expect((await proof()).findings.map((f) => [f.seq, f.why])).toEqual([[seq, 'changed'], [seq + 1, 'changed']])
    })
  })
  test('a line that is gone is named, with its seal or without', async () => {
    const seq = await seqOf(`e.reason = '更名 9'`)
    await tampered(`DELETE FROM audit.entry WHERE reason = '更名 9'`, async () => expect((await proof()).findings).toMatchObject([{ seq, why: 'missing' }]))
    await tampered(`DELETE FROM audit.entry WHERE reason = '更名 9'; DELETE FROM audit.seal WHERE seq = ${seq}`, async () => expect((await proof()).findings).toMatchObject([{ seq, why: 'missing' }]))
  })
  test('lines that changed places are named', async () => {
    const [a, b] = [await seqOf(`e.reason = '更名 11'`), await seqOf(`e.reason = '更名 12'`)]
    await tampered(`ALTER TABLE audit.seal DROP CONSTRAINT seal_once;
      UPDATE audit.seal s SET entry_id = o.entry_id, entry_at = o.entry_at FROM audit.seal o WHERE s.seq IN (${a}, ${b}) AND o.seq IN (${a}, ${b}) AND o.seq <> s.seq;
      ALTER TABLE audit.seal ADD CONSTRAINT seal_once UNIQUE (entry_id)`, async () => {
      const { findings } = await proof()
      expect(findings[0]).toMatchObject({ seq: a, why: 'order' })
    })
  })
  test('an inserted line is named by what stands after it, one with a seal of its own by its number', async () => {
    const line = `actor_name, operation, entity, record_id, org_path, action) SELECT`
    await tampered(`INSERT INTO audit.entry (id, at, ${line} 0, at, '从来没有的人', 'x', 'org.organization', 1, '1.', 'update' FROM audit.entry WHERE reason = '更名 5'`, async () => {
      expect((await proof()).findings).toMatchObject([{ seq: 1, why: 'inserted', entry: 0 }])
    })
    const { head } = await proof()
    await tampered(`INSERT INTO audit.entry (id, at, ${line} 0, at, '从来没有的人', 'x', 'org.organization', 1, '1.', 'update' FROM audit.entry WHERE reason = '更名 5';
      INSERT INTO audit.seal SELECT ${head + 1}, id, at, 1, 1, sha256('x') FROM audit.entry WHERE id = 0`, async () => {
      expect((await proof()).findings).toMatchObject([{ seq: head + 1, why: 'changed' }])
    })
  })
  test('a tail that was cut off is seen by the anchor, and only by it', async () => {
    const { head } = await proof()
    await tampered(`DELETE FROM audit.entry WHERE id IN (SELECT entry_id FROM audit.seal WHERE seq > ${head - 10}); DELETE FROM audit.seal WHERE seq > ${head - 10}`, async () => {
      expect((await proof()).findings).toMatchObject([{ seq: head - 9, why: 'tail' }])
      const blind = await proof({ anchors: path.join(dataDir, 'nowhere') })
      expect(blind.intact).toBe(true)
      expect(blind.notes[0]).toMatch(/could not be seen/)
    })
  })
  test('an anchor that was edited is no anchor', async () => {
    const copy = path.join(dataDir, 'copied')
    fs.cpSync(anchors, copy, { recursive: true })
    for (const file of fs.readdirSync(copy)) fs.writeFileSync(path.join(copy, file), fs.readFileSync(path.join(copy, file), 'utf8').replace(/"seq":\d+/g, '"seq":3'))
    const verdict = await proof({ anchors: copy })
    expect(verdict.anchors.heads).toBe(0)
    expect(verdict.notes.join()).toMatch(/not anchors signed by this key/)
  })
  test('whatever is done to any line, the first of them is named', async () => {
    const { head } = await proof()
    const kinds = ['reason', 'actor', 'time', 'gone', 'hash', 'record'] as const
    await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: head }), fc.constantFrom(...kinds)), { minLength: 1, maxLength: 4, selector: ([seq]) => seq }), async (acts) => {
      const line = (seq: number) => `id = (SELECT entry_id FROM audit.seal WHERE seq = ${seq})`
      const done = acts.map(([seq, kind]) => ({
        reason: `UPDATE audit.entry SET reason = coalesce(reason, '') || '。' WHERE ${line(seq)}`, actor: `UPDATE audit.entry SET actor_id = coalesce(actor_id, 0) + 1 WHERE ${line(seq)}`,
        time: `UPDATE audit.entry SET at = at + interval '1 hour' WHERE ${line(seq)}`, gone: `DELETE FROM audit.entry WHERE ${line(seq)}`,
        hash: `UPDATE audit.seal SET hash = sha256(hash) WHERE seq = ${seq}`, record: `UPDATE audit.entry SET record_id = coalesce(record_id, 0) + 1, org_path = '9.' WHERE ${line(seq)}`,
      })[kind])
      await tampered(done.join(';'), async () => {
        const verdict = await proof()
        expect(verdict.intact).toBe(false)
        expect(verdict.findings[0]!.seq).toBe(Math.min(...acts.map(([seq]) => seq)))
      })
    }), { numRuns: 15 })
  }, 60_000)
  test('a new key seals on, and both are needed to prove it', async () => {
    const other = rotateKey(dataDir)
    await rename('新')
    await new Sealer(db, other).all()
    await anchor(db, other, anchors)
    expect(await verify(db, readKeys(dataDir)!, { anchors, patience: 0 })).toMatchObject({ intact: true })
    expect((await proof()).findings[0]).toMatchObject({ why: 'key' })
    // A second process with a key of its own does not get to seal.
    const stranger = { ...other, keys: new Map([[other.current, Buffer.alloc(32, 7)]]) }
    expect(fingerprint(stranger.keys.get(other.current)!)).not.toBe(fingerprint(other.keys.get(other.current)!))
    await rename('外')
    await expect(new Sealer(db, stranger).all()).rejects.toThrow('another key')
    await new Sealer(db, other).all()
  })
  test('a key that others may read, or that is missing though the trail is sealed, is refused', async () => {
    const elsewhere = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-audit-'))
    await expect(openKeys(db, elsewhere)).rejects.toThrow('not in this data folder')
    fs.mkdirSync(path.join(elsewhere, 'secrets'))
    fs.writeFileSync(path.join(elsewhere, 'secrets', 'audit-key'), `1 ${'a'.repeat(64)}\n`, { mode: 0o644 })
    expect(() => readKeys(elsewhere)).toThrow('其他用户也能读取')
    fs.rmSync(elsewhere, { recursive: true })
  })
})

test('two sealers and many writers: nothing is lost, nothing twice, also not what commits late', async () => {
  const own = readKeys(dataDir)!
  await new Sealer(db, own).all()
  const before = Number((await owner.query('SELECT coalesce(max(seq), 0) AS n FROM audit.seal')).rows[0].n)
  // Ids are taken early and committed last; some never are.
  const late = new pg.Client(connection)
  const gone = new pg.Client(connection)
  await Promise.all([late.connect(), gone.connect()])
  const line = (who: string) => `INSERT INTO audit.entry (kind, actor_name, operation, org_path, action) VALUES ('act', '${who}', 'test.late', '1.', 'act')`
  await late.query(`BEGIN; ${line('迟到的')}`)
  await gone.query(`BEGIN; ${line('不来的')}`)
  let writing = true
  const sealers = [new Sealer(db, own), new Sealer(db, own)].map(async (s) => {
    while (writing) await s.once()
  })
  let written = 0
  await Promise.all(Array.from({ length: 4 }, async (_, w) => {
    for (let n = 0; n < 40; n++) {
      const doomed = n % 7 === 3
      await db.asSystem('test.many', async (trx) => {
        await trx.run(sql`SELECT audit.record(${JSON.stringify({ operation: 'test.many', action: 'act', actorName: `写${w}` })}::jsonb)`)
        if (doomed) throw new Error('given up')
      }).then(() => void written++, () => {})
    }
  }))
  await gone.query('ROLLBACK')
  await late.query('COMMIT')
  await Promise.all([late.end(), gone.end()])
  writing = false
  await Promise.all(sealers)
  const last = new Sealer(db, own)
  for (let n = 0; n < 3; n++) await last.all()
  const { rows } = await owner.query(`SELECT count(*)::int AS n, count(DISTINCT s.entry_id)::int AS once, min(s.seq)::int AS first, max(s.seq)::int AS last, count(*) FILTER (WHERE e.actor_name = '迟到的')::int AS late,
    count(*) FILTER (WHERE e.actor_name = '不来的')::int AS gone FROM audit.seal s JOIN audit.entry e ON e.id = s.entry_id WHERE s.seq > ${before}`)
  expect(rows[0]).toEqual({ n: written + 1, once: written + 1, first: before + 1, last: before + written + 1, late: 1, gone: 0 })
  expect((await owner.query('SELECT c.settled = s.last_value AS settled FROM audit.chain c, audit.entry_id s')).rows[0].settled).toBe(true)
  expect(await verify(db, own, { anchors, patience: 0 })).toMatchObject({ intact: true })
}, 60_000)

test('the platform seals by itself, anchors when it stops, and catches up with what was written meanwhile', async () => {
  await rename('停机时')
  const warnings: string[] = []
  const sealing = startSealing(db, dataDir, (l) => warnings.push(l))
  const sealed = () => owner.query(`SELECT count(*)::int AS n FROM audit.entry e WHERE NOT EXISTS (SELECT FROM audit.seal s WHERE s.entry_id = e.id)`).then((r) => r.rows[0].n as number)
  const started = Date.now()
  while ((await sealed()) > 0 && Date.now() - started < 5000) await new Promise((r) => setTimeout(r, 50))
  await rename('运行时')
  while ((await sealed()) > 0 && Date.now() - started < 9000) await new Promise((r) => setTimeout(r, 50))
  expect(await sealed()).toBe(0)
  await rename('最后')
  await sealing.stop()
  expect(await sealed()).toBe(0)
  expect(warnings).toEqual([])
  const own = readKeys(dataDir)!
  const { head, findings } = await verify(db, own, { anchors, patience: 0 })
  expect(findings).toEqual([])
  const chain = (await owner.query('SELECT id FROM audit.chain')).rows[0].id
  expect(readAnchors(anchors, own, chain).heads.at(-1)!.seq).toBe(head)
  expect(fs.readdirSync(anchors).some((f) => /^head-\d{4}-\d\d-\d\d\.json$/.test(f))).toBe(true)
}, 20_000)

test('after a restore the heads that reached further are void, and said to be', async () => {
  const own = readKeys(dataDir)!
  const { head } = await verify(db, own, { anchors, patience: 0 })
  await tampered(`DELETE FROM audit.entry WHERE id IN (SELECT entry_id FROM audit.seal WHERE seq > ${head - 5}); DELETE FROM audit.seal WHERE seq > ${head - 5}`, async () => {
    expect((await verify(db, own, { anchors, patience: 0 })).findings).toMatchObject([{ why: 'tail' }])
    await anchor(db, own, anchors, '演练')
    expect((await verify(db, own, { anchors, patience: 0 })).findings).toEqual([])
  })
})
