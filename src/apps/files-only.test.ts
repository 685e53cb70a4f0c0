/** A PostgreSQL of one's own is not in our backup: the command says so before it makes one that would restore nothing. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { testDatabase } from '../kernel/test/database.ts'
import { urlOf } from '../kernel/test/process.ts'

const bin = fileURLToPath(new URL('../../bin/gongxie.mjs', import.meta.url))
const { connection } = await testDatabase()
const dataDir = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-own-'))
fs.mkdirSync(path.join(dataDir, 'files'))
fs.writeFileSync(path.join(dataDir, 'files', 'one'), '附件')
afterAll(() => fs.rmSync(dataDir, { recursive: true, force: true }))
const backup = (...more: string[]) =>
  spawnSync(process.execPath, [bin, 'backup', '--data-dir', dataDir, ...more], { encoding: 'utf8', env: { ...process.env, DATABASE_URL: urlOf(connection), GONGXIE_BACKUP_DIR: '', NODE_ENV: '' } })

test('it is refused, and nothing is left that looks like a backup', () => {
  const { status, stdout, stderr } = backup()
  expect(status).not.toBe(0)
  expect(stderr + stdout).toMatch(/NOTHING was backed up.*pgBackRest, pg_basebackup or pg_dump.*--files-only/)
  expect(fs.existsSync(path.join(dataDir, 'backups'))).toBe(false)
}, 30_000)
test('the files alone are saved when they are meant, and the last line says what is not there', () => {
  const { status, stdout, stderr } = backup('--files-only')
  expect([status, stderr]).toEqual([0, expect.anything()])
  expect(stdout).toMatch(/WARNING: FILES ONLY\. The database of DATABASE_URL is NOT in it/)
  const [id] = fs.readdirSync(path.join(dataDir, 'backups', 'base'))
  expect(JSON.parse(fs.readFileSync(path.join(dataDir, 'backups', 'base', id!, 'manifest.json'), 'utf8'))).toMatchObject({ kind: 'files' })
}, 30_000)
