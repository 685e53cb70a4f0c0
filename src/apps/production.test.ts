/** `start --production` refuses what must not be under real data: people of the sample (C09), a database in plain text (C55). */
import { execFile } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { openKeys } from '../kernel/authority/rights/seal.ts'
import { openSecrets, secretsFolder } from '../kernel/authority/crypto.ts'
import { testDatabase } from '../kernel/test/database.ts'
import { urlOf } from '../kernel/test/process.ts'

const { db, connection } = await testDatabase()
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-production-'))
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }))
const bin = path.resolve(import.meta.dirname, '../../bin/gongxie.mjs')
/** Its exit code and what it said; one that starts is ended as soon as it is ready, and its code is 0 then. */
const start = (databaseUrl = urlOf(connection)) => new Promise<{ code: number; said: string }>((resolve) => {
  const child = execFile(process.execPath, [bin, 'start', '--production', '--data-dir', dataDir, '--port', '0'], {
    timeout: 50_000, env: { ...process.env, NODE_ENV: 'production', VITEST: undefined, GONGXIE_WEB: 'none', DATABASE_URL: databaseUrl, GONGXIE_DRAIN_SECONDS: '0' } as unknown as NodeJS.ProcessEnv,
  }, (error, out, err) => resolve({ code: error ? Number(error.code) || -1 : 0, said: out + err }))
  child.stdout!.on('data', (line: string) => void (String(line).includes('is ready at') && child.kill('SIGTERM')))
})

test('people of the sample: it does not start; without them it does', async () => {
  await openSecrets(db, secretsFolder(dataDir))
  await openKeys(db, dataDir)
  const [person] = await db.asSystem('test', (trx) => trx.rows<{ id: number }>(sql`INSERT INTO auth.person (name, org_path, sample) VALUES ('样例人', '1.', true) RETURNING id`))
  expect(await start()).toEqual({ code: 2, said: expect.stringContaining('people of the sample') })
  await db.asSystem('test', (trx) => trx.run(sql`DELETE FROM auth.person WHERE id = ${person!.id}`))
  expect(await start()).toEqual({ code: 0, said: expect.stringContaining('is ready at') })
}, 120_000)

describe('a database on another machine', () => {
  test.each([
    ['without a word about TLS', '', 2, /in plain text.*sslmode=verify-full/s], ['without TLS', '?sslmode=disable', 2, /in plain text/], ['with TLS that believes everybody', '?sslmode=no-verify', 2, /does not look at the certificate/],
    // Looked at, it is tried; the name is nobody's (RFC 6761).
    ['with TLS', '?sslmode=verify-full', 1, /^(?!.*(plain text|look at the certificate))/s],
  ])('%s', async (_what, how, code, sentence) => {
    expect(await start(`postgres://gongxie:secret@gongxie-elsewhere.invalid:1/gongxie${how}`)).toEqual({ code, said: expect.stringMatching(sentence) })
  }, 60_000)
})
