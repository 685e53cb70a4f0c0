/**
 * Takes finished segments of the log from where the server puts them (basic_archive: copied, synced, renamed) into the
 * folder of backups, sealed. The server never waits for that folder and never holds the key.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Problem } from '../contract/problem.rules.ts'
import { keep, ownFiles } from './own-files.ts'
import { Broken, seal, unseal, type Key } from './seal.ts'
import { listBackups, openStore, refusal, running, walFile, walPurpose } from './store.ts'
import { endOf, HISTORY, lsnOf, numberOf, SEGMENT } from './wal.rules.ts'

export interface ShipOptions {
  spool: string
  dataDir: string
  store: string
  key: Key
  system: string | null
  segmentSize: number
}

export class Shipper {
  readonly #o: ShipOptions
  readonly #seen = new Map<string, { changed: number; at: number }>()
  /** Where the log stood when: what a segment may promise. */
  #samples: { at: string; lsn: bigint }[] = []
  constructor(o: ShipOptions) {
    this.#o = o
  }

  /** `at` is the server's clock, read before `lsn`. */
  sample(at: string, lsn: string): void {
    this.#samples.push({ at, lsn: lsnOf(lsn) })
    if (this.#samples.length > 20_000) this.#samples = this.#samples.slice(-10_000)
  }
  waiting(): string[] {
    return fs.existsSync(this.#o.spool) ? fs.readdirSync(this.#o.spool).filter((n) => SEGMENT.test(n) || HISTORY.test(n)).sort() : []
  }

  /** Ships what is ready; answers with how many files it took. `closed`: the server was stopped by then, and this is its last. */
  async ship(closed?: string): Promise<number> {
    const { spool, store, key, system, segmentSize } = this.#o
    if (!fs.existsSync(spool)) return 0
    const ready = fs.readdirSync(spool).filter((n) => !n.startsWith('archtemp')).sort()
    if (!ready.length) return 0
    const last = ready.filter((n) => SEGMENT.test(n)).at(-1)
    try {
      openStore(store, system)
      // Without a backup before it, the log is of no use to anybody.
      const listed = listBackups(store)
      const useless = !listed.length && !running(store)
      const oldest = listed.at(-1)?.manifest
      const first = running(store) || oldest?.kind !== 'database' ? 0 : numberOf(oldest.startSegment, segmentSize)
      // Files first: whatever the log speaks of is kept by the time the log is.
      if (!useless) await this.#keepFiles()
      for (const name of ready) {
        const from = path.join(spool, name)
        if (!useless && (HISTORY.test(name) || (SEGMENT.test(name) && numberOf(name, segmentSize) >= first))) {
          const upTo = SEGMENT.test(name) ? endOf(name, segmentSize) : 0n
          const until = closed && name === last ? closed : (this.#samples.filter((s) => s.lsn <= upTo).at(-1)?.at ?? null)
          if (fs.existsSync(walFile(store, name))) await this.#sameOrRefuse(name, from)
          else await seal(walFile(store, name), key, walPurpose(name), { until }, fs.createReadStream(from, { highWaterMark: 1024 * 1024 }))
          if (until) this.#samples = this.#samples.filter((s) => s.lsn > upTo || s.at === until)
        }
        await fs.promises.rm(from)
      }
      return ready.length
    } catch (error) {
      throw refusal(error, store)
    }
  }

  async #keepFiles(): Promise<void> {
    const { dataDir, store, key } = this.#o
    for await (const f of ownFiles(dataDir, store, this.#seen)) await keep(dataDir, store, key, f)
  }

  /** A crash between sealing and removing leaves the same segment twice; another server's segment is never overwritten. */
  async #sameOrRefuse(name: string, from: string): Promise<void> {
    const { store, key } = this.#o
    const [mine, kept] = [createHash('sm3'), createHash('sm3')]
    for await (const b of fs.createReadStream(from) as AsyncIterable<Buffer>) mine.update(b)
    try {
      for await (const b of unseal(walFile(store, name), key, walPurpose(name))) kept.update(b)
    } catch (error) {
      if (!(error instanceof Broken)) throw error
      // What lies there cannot be read: the good copy takes its place.
      await fs.promises.rename(walFile(store, name), path.join(store, 'wal', `${name}.broken`))
      await seal(walFile(store, name), key, walPurpose(name), { until: null }, fs.createReadStream(from, { highWaterMark: 1024 * 1024 }))
      return
    }
    if (mine.digest('hex') !== kept.digest('hex'))
      throw new Problem('other_log', `备份目录 ${store} 中已有同名但内容不同的日志 ${name}，没有覆盖。通常是两套平台（例如恢复出的另一套）用了同一个备份目录，请给其中一套换一个 GONGXIE_BACKUP_DIR。`)
  }
}
