import fs from 'node:fs'
import { sql } from 'kysely'
import { invalid, notFound, refused, versionConflict } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'
import { handle } from '../domain.ts'
import * as ops from './backup.contract.ts'
import { LATE_HOURS, nextDue } from './due.rules.ts'
import { backupPlace, notInBackups } from './place.ts'
import { listBackups, walNames, windowOf } from './store.ts'

const run = sql`id, kind, reason, state, asked_by AS "askedBy", asked_at AS "askedAt", started_at AS "startedAt", ended_at AS "endedAt", done, total, backup, size, problem`
/** The keeper writes every half minute. */
const SILENT = 3 * 60_000

interface Kept {
  seen: string | null
  embedded: boolean | null
  keyId: string | null
  sameDisk: boolean | null
  freeBytes: number | null
  waiting: number
  trouble: string | null
  troubleAt: string | null
}
/** What only the system may see: the keeper's own row, and the server's figures of its archive. */
async function keptOf(db: Database) {
  return db.asSystem('backup.state', async (trx) => {
    const keeper = (await trx.one<Kept>(sql`SELECT seen_at AS seen, embedded, key_id AS "keyId", same_disk AS "sameDisk", free_bytes AS "freeBytes", waiting, trouble, trouble_at AS "troubleAt" FROM app.backup_keeper`))!
    const server = (await trx.one<{ archive: string; at: string | null; failed: number; failedAt: string | null; up: string; now: string }>(sql`
      SELECT current_setting('archive_mode') AS archive, last_archived_time AS at, failed_count AS failed, last_failed_time AS "failedAt", pg_postmaster_start_time() AS up, now() FROM pg_stat_archiver`))!
    return { keeper, server }
  })
}

async function backupsIn(store: string): Promise<ops.BackupRow[]> {
  const names = walNames(store)
  const nothing = { kind: null, reason: null, version: null, startedAt: null, seconds: null, files: null, bytes: null, stored: null, from: null, until: null, damaged: null, keyId: null }
  return Promise.all(listBackups(store).map(async ({ id, manifest: m }) => {
    if (!m) return { id, readable: false, ...nothing }
    const { from, until } = await windowOf(store, m, names)
    return { id, readable: true, kind: m.kind, reason: m.reason, version: m.version, startedAt: m.startedAt, seconds: (Date.parse(m.endedAt) - Date.parse(m.startedAt)) / 1000, files: m.files, bytes: m.bytes, stored: m.data.size + m.list.size, from, until, damaged: m.damaged, keyId: m.keyId }
  }))
}

type Alarm = { level: 'error' | 'warning'; message: string }
async function look(trx: Transaction, db: Database, dataDir: string) {
  const { keeper, server } = await keptOf(db)
  const { store, keyFile } = backupPlace(dataDir)
  const backups = await backupsIn(store)
  const runs = await trx.rows<ops.RunRow>(sql`SELECT ${run} FROM app.backup_run ORDER BY id DESC LIMIT 20`)
  const plan = (await trx.one<{ version: number; dailyAt: string; keep: number }>(sql`SELECT version, daily_at AS "dailyAt", keep FROM app.backup_plan`))!
  const now = Date.parse(server.now)
  const alarms: Alarm[] = []
  const error = (message: string) => alarms.push({ level: 'error', message })
  const warning = (message: string) => alarms.push({ level: 'warning', message })
  if (!keeper.seen || now - Date.parse(keeper.seen) > SILENT) error('备份进程没有在运行，现在不会自动备份。请查看平台日志并重新启动平台。')
  if (keeper.trouble) error(keeper.trouble)
  const last = backups.find((b) => b.readable)
  const hours = last ? (now - Date.parse(last.startedAt!)) / 3_600_000 : null
  if (hours === null) {
    if (now - Date.parse(server.up) > 3_600_000) error('还没有任何备份。请立即备份一次，并查看下面的失败原因。')
    else warning('还没有任何备份。启动后十分钟会自动进行第一次备份，也可以现在就做。')
  } else if (hours > LATE_HOURS) error(`最近一次成功的备份在 ${Math.floor(hours)} 小时以前，超过了 ${LATE_HOURS} 小时。请立即备份，并查看下面的失败原因。`)
  if (backups.some((b) => !b.readable)) error(`有备份的清单读不出来：${backups.filter((b) => !b.readable).map((b) => b.id).join('、')}。请校验备份并检查磁盘。`)
  if (last?.damaged) error(`最近一次备份时发现数据库有 ${last.damaged} 个页面的校验和不对，磁盘可能有故障。较早的完好备份已保留，请尽快检查磁盘。`)
  const checked = runs.find((r) => r.kind === 'verify' && r.endedAt)
  if (checked?.state === 'failed') error('最近一次校验发现有备份不能使用，详见执行记录。请立即再备份一次，并检查磁盘。')
  const log = keeper.embedded ? { archivedAt: server.at, failed: server.failed, failedAt: server.failedAt, waiting: keeper.waiting } : null
  if (log && server.archive === 'off') error('数据库的日志归档没有开启，只能恢复到备份的时刻。请重新启动平台。')
  else if (log && log.failedAt && (!log.archivedAt || log.failedAt > log.archivedAt)) error('数据库日志归档失败，备份之后的内容暂时不能恢复。请检查数据目录所在磁盘的空间，原因见数据目录下的 postgres.log。')
  else if (!log && server.failedAt && (!server.at || server.failedAt > server.at)) error('数据库服务器的日志归档失败，备份之后的内容暂时不能恢复。请检查归档目录的空间，以及所用备份工具（archive_command）的日志。')
  else if (log && log.waiting > 10) error(`有 ${log.waiting} 段数据库日志还没有存入备份目录。请检查备份目录所在的磁盘。`)
  if (keeper.embedded === false) warning('数据库由 DATABASE_URL 指定，这里只备份平台自己的文件。请用 pg_basebackup 或 pgBackRest 备份数据库，见 docs/backup.md。')
  const elsewhere = notInBackups(dataDir)
  if (elsewhere.length) warning(`不在备份中、请另行保管：${elsewhere.join('、')}。恢复时要用到。`)
  if (keeper.sameDisk) warning('备份与数据在同一块磁盘上，磁盘损坏时会一起丢失。请用 GONGXIE_BACKUP_DIR 指到另一块磁盘，并定期把备份目录复制到别的地方。')
  if (keeper.freeBytes !== null && last?.stored && keeper.freeBytes < last.stored * 2) warning('备份目录所在磁盘的剩余空间不够再存两份备份，请清理或减少保留份数。')
  return { alarms, place: store, keyFile, keyId: keeper.keyId, embedded: keeper.embedded, freeBytes: keeper.freeBytes, plan, next: nextDue(new Date(now), plan.dailyAt).toISOString(), keeperSeen: keeper.seen, log, backups, runs }
}

export const backupHandlers = [
  handle(ops.backupState, async (trx, _input, { db, dataDir }) => look(trx, db, dataDir)),
  handle(ops.countBackupAlarms, async (trx, _input, { db, dataDir }) => ({ count: (await look(trx, db, dataDir)).alarms.filter((a) => a.level === 'error').length })),
  handle(ops.runBackup, async (trx, { kind }, { dataDir, db }) => {
    const { keeper, server } = await keptOf(db)
    if (!keeper.seen || Date.parse(server.now) - Date.parse(keeper.seen) > SILENT) throw refused('备份进程没有在运行，请先重新启动平台，再立即备份。')
    if (kind === 'verify' && !fs.existsSync(backupPlace(dataDir).store)) throw refused('还没有任何备份可以校验，请先备份一次。')
    const row = await trx.one<ops.RunRow>(sql`INSERT INTO app.backup_run (kind, reason) VALUES (${kind}, 'asked') ON CONFLICT DO NOTHING RETURNING ${run}`)
    if (!row) throw refused(`已有一次${ops.KINDS[kind]}在进行或排队，请等它结束。`)
    return row
  }),
  handle(ops.planBackups, async (trx, { version, dailyAt, keep }) => {
    const plan = await trx.one<{ version: number; dailyAt: string; keep: number }>(sql`SELECT version, daily_at AS "dailyAt", keep FROM app.backup_plan FOR UPDATE`)
    if (!plan) throw notFound('备份计划')
    if (plan.version !== version) throw versionConflict()
    if (plan.dailyAt === dailyAt && plan.keep === keep) throw invalid('时刻和份数与原来相同，没有需要保存的修改。')
    return (await trx.one<{ version: number; dailyAt: string; keep: number }>(sql`UPDATE app.backup_plan SET daily_at = ${dailyAt}, keep = ${keep} RETURNING version, daily_at AS "dailyAt", keep`))!
  }),
]
