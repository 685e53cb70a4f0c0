/** `restore`: a backup into a new data folder, recovered to a moment, examined, reported. */
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import type pg from 'pg'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { anchor } from '../../kernel/audit/anchor.ts'
import { readKeys } from '../../kernel/audit/key.ts'
import { recordApart } from '../../kernel/audit/record.ts'
import { Sealer } from '../../kernel/audit/seal.ts'
import { verify } from '../../kernel/audit/verify.ts'
import { examine } from '../../kernel/backup/examine.ts'
import { backupPlace } from '../../kernel/backup/place.ts'
import { localText, momentOf, restore as restoreBackup } from '../../kernel/backup/restore.ts'
import { readKey } from '../../kernel/backup/seal.ts'
import { openDatabase, unattended } from '../../kernel/db/database.ts'
import { connectDatabase } from '../platform.ts'
import { progressTo } from '../progress.ts'

interface Trail {
  said: string
  fault?: string
  /** Number of the head that was anchored as the restored one. */
  anchored: number | null
}
/**
 * The chain of the trail, with the key that came back with the backup. Where it holds, the trail is told what happened, and
 * its head is anchored as restored: the anchors that came back reach further than the moment, and are void from here on.
 * Into the new data folder alone: an anchor folder elsewhere belongs to the platform that may still be running.
 */
async function proveTrail(connection: pg.ClientConfig, dataDir: string, why: string, detail: Record<string, unknown>): Promise<Trail> {
  const ring = readKeys(dataDir)
  const db = openDatabase(connection, { app: 1, system: 2 })
  const anchors = path.join(dataDir, 'anchors')
  try {
    if (!(await db.asSystem('restore', (trx) => trx.one<{ there: boolean }>(sql`SELECT to_regclass('audit.seal') IS NOT NULL AS there`)))!.there) return { said: 'made by a release without a chain', anchored: null }
    if (!ring) return { said: 'its key is not in the backup (GONGXIE_AUDIT_KEY_FILE): verify it with "audit verify"', anchored: null }
    const verdict = await verify(db, ring, { anchors })
    const [first] = verdict.findings
    // A tail that is missing is what going back to a moment means; anything else is a fault, and nothing is anchored over it.
    const cut = verdict.findings.filter((f) => f.why === 'tail')
    if (first && (cut.length < verdict.findings.length || verdict.more)) return { said: 'NOT INTACT', fault: `audit trail: number ${first.seq}: ${first.message}`, anchored: null }
    // Before anything is added: what the old platform wrote under the next numbers is void, also under the very next one.
    await anchor(db, ring, anchors, why)
    await recordApart(db, { operation: 'platform.restore', action: 'restore', detail, reason: why }, { actorName: unattended.name })
    await new Sealer(db, ring).all()
    const head = await anchor(db, ring, anchors)
    const after = await verify(db, ring, { anchors })
    if (!after.intact) return { said: 'NOT INTACT', fault: `audit trail: number ${after.findings[0]!.seq}: ${after.findings[0]!.message}`, anchored: head?.seq ?? null }
    return { said: `intact, ${verdict.checked} numbers, ${verdict.anchors.heads} anchors${cut.length ? ', those beyond the moment are void' : ''}; anchored as restored with number ${head!.seq}`, anchored: head!.seq }
  } finally {
    await db.close()
  }
}

export async function restore(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: 'string' }, 'data-dir': { type: 'string' }, 'to-time': { type: 'string' }, backup: { type: 'string' }, 'key-file': { type: 'string' }, reason: { type: 'string' }, json: { type: 'boolean', default: false },
    },
  })
  if (!values.from || !values['data-dir']) throw new Problem('invalid_input', 'Usage: restore --from DIR --data-dir NEW [--to-time "2026-11-25 14:30:00"] [--backup ID] [--key-file FILE] [--reason "why"] [--json]')
  const dataDir = path.resolve(values['data-dir'])
  const to = values['to-time'] === undefined ? undefined : momentOf(values['to-time'])
  const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`)
  const keyFile = values['key-file'] ?? process.env.GONGXIE_BACKUP_KEY_FILE
  if (!keyFile) throw new Problem('no_key', '请用 --key-file 指明备份时的密钥文件（原平台数据目录中的 secrets/backup-key，或另处保管的副本）。没有它不能恢复。')
  const place = backupPlace(dataDir, { store: values.from, keyFile })
  const began = Date.now()
  const done = await restoreBackup({ store: place.store, dataDir, key: readKey(place.keyFile), keyText: fs.readFileSync(place.keyFile, 'utf8'), to, id: values.backup, say, onProgress: progressTo(values.json ? process.stderr : process.stdout) })
  const recovered = Date.now()
  const report = { backup: done.manifest.id, madeBy: done.manifest.version, to: done.to, until: done.until, lastCommit: done.lastCommit, files: done.files, segments: done.segments, dataDir, seconds: (recovered - began) / 1000 }
  let faults: string[] = []
  let tables: { table: string; rows: number; fingerprint: string }[] = []
  let indexes = 0
  let trail: string | null = null
  let anchored: number | null = null
  if (done.manifest.kind === 'database') {
    say('examining every table and index')
    const server = await connectDatabase({ dataDir, say })
    try {
      ;({ tables, indexes, faults } = await examine(server.connection))
      const found = await proveTrail(server.connection, dataDir, values.reason ?? `restored from backup ${report.backup}${report.to ? ` to ${report.to}` : ''}`, { backup: report.backup, to: report.to, until: report.until, lastCommit: report.lastCommit })
      trail = found.said
      anchored = found.anchored
      if (found.fault) faults.push(found.fault)
    } finally {
      await server.stop()
    }
  }
  const whole = { ...report, ok: !faults.length, tables: tables.length, rows: tables.reduce((n, t) => n + t.rows, 0), indexes, trail, anchored, faults, examineSeconds: (Date.now() - recovered) / 1000, fingerprints: tables }
  fs.writeFileSync(path.join(dataDir, 'restore-report.json'), `${JSON.stringify(whole, null, 2)}\n`, { mode: 0o600 })
  if (values.json) process.stdout.write(`${JSON.stringify(whole)}\n`)
  else {
    say(`Restored backup ${report.backup}${to ? ` to ${localText(to)} (Asia/Shanghai)` : ''} into ${dataDir} in ${report.seconds.toFixed(1)} s: ${report.files} files, ${report.segments} segments of log.`)
    if (done.manifest.kind === 'database') {
      say(`Last transaction in it: ${report.lastCommit ?? 'that of the backup'}. ${whole.tables} tables, ${whole.rows} rows, ${indexes} indexes examined in ${whole.examineSeconds.toFixed(1)} s: ${faults.length ? `${faults.length} FAULTS` : 'no fault'}.`)
      say(`Audit trail: ${trail}.`)
      for (const f of faults) say(`  ${f}`)
    } else say('The database was not part of this backup; restore it with the tools it was backed up with (docs/backup.md).')
    say(`Report: ${path.join(dataDir, 'restore-report.json')}\nStart it with: npm start -- --data-dir ${values['data-dir']}`)
    const elsewhere = process.env.GONGXIE_AUDIT_ANCHOR_DIR
    if (done.manifest.kind === 'database' && (elsewhere || anchored === null)) say(`${elsewhere ? `Anchors are kept in ${elsewhere} too, where nothing was written: the old platform may still run. Once this one takes its place` : 'Once the trail is in order'}: npm run -s gongxie -- audit anchor --restored "why" --data-dir ${values['data-dir']}`)
  }
  return faults.length ? 1 : 0
}
