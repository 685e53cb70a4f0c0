/** Disks that are full or lie: F07–F09, F11, F27. Small disks are tmpfs and need the right to mount. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { embeddedPlace } from '../src/kernel/db/embedded.ts'
import { sweep } from '../src/kernel/attachments/keeping.ts'
import type { Fault, Result } from './fault.ts'
import { examine, openSite, pause, send, until, write, type Site } from './site.ts'

const NO_MOUNT = 'a small disk needs the right to mount tmpfs (root)'
const mounted = new Set<string>()
function mount(at: string, megabytes: number): boolean {
  fs.mkdirSync(at, { recursive: true })
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', at], { stdio: 'pipe' })
    mounted.add(at)
    return true
  } catch {
    return false
  }
}
function unmount(): void {
  for (const at of mounted) execFileSync('umount', ['-l', at], { stdio: 'pipe' })
  mounted.clear()
}
const free = (at: string) => { const s = fs.statfsSync(at); return s.bavail * s.bsize }
/** Everything but a little is taken. */
function fill(at: string, leave: number): string {
  const ballast = path.join(at, 'ballast')
  const file = fs.openSync(ballast, 'w')
  const block = Buffer.alloc(65_536, 1)
  try {
    while (free(at) > leave + block.length) fs.writeSync(file, block)
    while (free(at) > leave + 4096) fs.writeSync(file, block, 0, 4096)
  } finally {
    fs.closeSync(file)
  }
  return ballast
}
/** Data on one small disk or the log on another: a full one of the latter stops the database altogether. */
async function small(kind: 'data' | 'log', megabytes: number): Promise<{ site: Site; disk: string } | null> {
  let disk = ''
  let able = true
  const site = await openSite({}, (dataDir) => {
    disk = path.join(dataDir, kind === 'data' ? 'postgres' : 'log-disk')
    able = mount(disk, megabytes)
  })
  if (!able) {
    await site.close()
    return null
  }
  await site.process.stop()
  const data = embeddedPlace(site.dataDir).data
  const wal = path.join(data, 'pg_wal')
  const elsewhere = kind === 'data' ? path.join(site.dataDir, 'log-elsewhere') : path.join(disk, 'wal')
  execFileSync('cp', ['-a', wal, elsewhere])
  fs.rmSync(wal, { recursive: true })
  fs.symlinkSync(elsewhere, wal)
  execFileSync('chown', ['-h', '--reference', data, wal])
  await site.start()
  return { site, disk }
}

const dataFull: Fault = {
  id: 'F07', what: 'disk of the data full while 60 clients write; space comes back', rto: 15,
  async run() {
    const made = await small('data', 160)
    if (!made) return { skipped: NO_MOUNT }
    const { site, disk } = made
    try {
      const against: string[] = []
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      const pid = site.process.pid
      const writing = write(site, who, '零七', 60)
      await until(() => writing.ledger.ok.size > 50)
      const ballast = fill(disk, 200_000)
      await until(() => writing.ledger.refusals > 20, 60_000, 'a full disk that is noticed')
      const read = await send(site.process.url, who, 'GET', '/organizations?limit=20')
      if (read.status !== 200) against.push(`reading does not work: ${read.status}`)
      const alarm = /53100|No space left|could not extend/.test(site.process.output()) || /No space left/.test(fs.readFileSync(path.join(site.dataDir, 'postgres.log'), 'utf8'))
      if (!alarm) against.push('the log says nothing')
      fs.rmSync(ballast)
      const since = Date.now()
      const before = writing.ledger.ok.size
      await until(() => writing.ledger.ok.size > before + 5, 60_000, 'writing')
      const recovery = (Date.now() - since) / 1000
      await writing.finish()
      if (site.process.pid !== pid || !site.process.alive()) against.push('the server process did not survive')
      if (writing.ledger.mute) against.push(`${writing.ledger.mute} refusals without a sentence or Retry-After`)
      return { ...(await examine(site, writing, '零七')), recovery, against, notes: [`${writing.ledger.refusals} answers of 503 or 507; nothing was started again`] }
    } finally {
      await site.close(unmount)
    }
  },
}
const logFull: Fault = {
  id: 'F08', what: 'disk of the write-ahead log full while 60 clients write; space comes back', rto: 60,
  async run() {
    const made = await small('log', 120)
    if (!made) return { skipped: NO_MOUNT }
    const { site, disk } = made
    try {
      const against: string[] = []
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      const pid = site.process.pid
      const writing = write(site, who, '零八', 60)
      await until(() => writing.ledger.ok.size > 50)
      const ballast = fill(disk, 100_000)
      await until(async () => !(await site.process.ready()) || writing.ledger.refusals > 20, 180_000, 'a full log that is noticed')
      await pause(3_000)
      fs.rmSync(ballast)
      const since = Date.now()
      const before = writing.ledger.ok.size
      await until(async () => (await site.process.ready()) && writing.ledger.ok.size > before + 5, 120_000, 'writing')
      const recovery = (Date.now() - since) / 1000
      await writing.finish()
      if (site.process.pid !== pid || !site.process.alive()) against.push('the server process did not survive')
      const panics = (fs.readFileSync(path.join(site.dataDir, 'postgres.log'), 'utf8').match(/PANIC/g) ?? []).length
      return { ...(await examine(site, writing, '零八')), recovery, against, notes: [`${panics} times PANIC in the database's log, ${writing.ledger.refusals} answers of 503 or 507`] }
    } finally {
      await site.close(unmount)
    }
  },
}
async function upload(site: Site, who: { headers: Record<string, string> }, rows: number): Promise<{ status: number; text: string }> {
  const body = new FormData()
  body.append('input', JSON.stringify({ target: 'institutions', mapping: { columns: { name: '机构名称', category: '机构类型' } } }))
  body.append('file', new Blob([`机构名称,机构类型\n${Array.from({ length: rows }, (_, i) => `满盘第${i}家${'长'.repeat(60)},01`).join('\n')}\n`]), '名录.csv')
  const answer = await fetch(`${site.process.url}/api/imports/check`, { method: 'POST', headers: who.headers, body })
  return { status: answer.status, text: await answer.text() }
}
const uploadFull: Fault = {
  id: 'F09', what: 'disk of uploads full: a file is refused whole, and taken when there is space',
  async run() {
    const site = await openSite()
    try {
      const disk = path.join(site.dataDir, 'uploads')
      fs.mkdirSync(disk, { recursive: true })
      if (!mount(disk, 1)) return { skipped: NO_MOUNT }
      const against: string[] = []
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      const count = async () => (await site.sql<{ n: number }>('SELECT count(*)::int AS n FROM imports.batch'))[0]!.n
      const before = await count()
      const full = await upload(site, who, 20_000)
      if (full.status !== 507) against.push(`it was answered with ${full.status} ${full.text.slice(0, 100)}`)
      if (fs.readdirSync(disk).length) against.push('half a file is left')
      if ((await count()) !== before) against.push('there is a batch without a file')
      execFileSync('mount', ['-o', 'remount,size=64m', disk])
      const again = await upload(site, who, 20_000)
      if (again.status !== 200) against.push(`with space: ${again.status} ${again.text.slice(0, 200)}`)
      return { against }
    } finally {
      await site.close(unmount)
    }
  },
}
const halfUpload: Fault = {
  id: 'F11', what: 'uploads cut at ten places, and the server process killed in the middle of one',
  async run() {
    const { default: net } = await import('node:net')
    const site = await openSite()
    try {
      const against: string[] = []
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      const edge = 'edge'
      const content = `--${edge}\r\ncontent-disposition: form-data; name="input"\r\n\r\n${JSON.stringify({ target: 'institutions', mapping: { columns: { name: '机构名称', category: '机构类型' } } })}\r\n--${edge}\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\ncontent-type: text/csv\r\n\r\n机构名称,机构类型\n${'半截单位,01\n'.repeat(40_000)}\r\n--${edge}--\r\n`
      const bytes = Buffer.from(content)
      const begin = (part: number) => new Promise<InstanceType<typeof net.Socket>>((resolve) => {
        const s = net.connect(site.process.port, '127.0.0.1', () => {
          s.write(`POST /api/imports/check HTTP/1.1\r\nhost: x\r\ncookie: ${who.headers.cookie}\r\nx-gongxie-token: ${who.headers['x-gongxie-token']}\r\ncontent-type: multipart/form-data; boundary=${edge}\r\ncontent-length: ${bytes.length}\r\n\r\n`)
          s.write(bytes.subarray(0, Math.floor(bytes.length * part)), () => setTimeout(() => resolve(s), 80))
        })
        s.on('error', () => {})
      })
      for (let i = 0; i < 10; i++) (await begin(i / 10)).destroy()
      const left = () => ['uploads', 'imports'].flatMap((f) => (fs.existsSync(path.join(site.dataDir, f)) ? fs.readdirSync(path.join(site.dataDir, f)) : []))
      await until(() => left().length === 0, 10_000, 'an empty folder').catch(() => against.push(`${left().length} files left after ten cuts`))
      await begin(0.6)
      await site.process.kill()
      const orphans = left().length
      await site.start()
      // What a killed process left is taken away by the keeping of files when it is an hour old.
      const hourAgo = new Date(Date.now() - 2 * 3_600_000)
      for (const f of ['uploads', 'imports']) for (const name of fs.existsSync(path.join(site.dataDir, f)) ? fs.readdirSync(path.join(site.dataDir, f)) : []) fs.utimesSync(path.join(site.dataDir, f, name), hourAgo, hourAgo)
      const swept = sweep(site.dataDir)
      if (left().length) against.push(`${left().length} files stay after the process was killed`)
      const batches = (await site.sql<{ n: number }>('SELECT count(*)::int AS n FROM imports.batch'))[0]!.n
      if (batches) against.push(`${batches} batches of files that never came`)
      const again = await upload(site, await site.session(site.city.yuzhong, 'district_reviewer'), 20)
      if (again.status !== 200) against.push(`the next upload: ${again.status}`)
      return { against, notes: [`${orphans} left by the killed process, ${swept} taken away by the keeping of files`] }
    } finally {
      await site.close()
    }
  },
}
const flipped: Fault = {
  id: 'F27', what: 'one bit of a data page flipped on disk: an error for whoever reads it, right answers for everybody else',
  async run() {
    const site = await openSite()
    try {
      const against: string[] = []
      const who = await site.session(site.city.yuzhong, 'district_reviewer')
      const made: number[] = []
      for (let i = 0; i < 30; i++) made.push((await send(site.process.url, who, 'POST', '/organizations', { values: { name: `翻位第${i}`, category: '01', regionId: site.city.regions.yuzhong, superiorId: site.city.yuzhong } })).body.id as number)
      // Filings of the month, whose page nobody needs to sign in or to read the register.
      for (const id of made.slice(0, 8)) await send(site.process.url, who, 'POST', '/filings/save', { form: 'energy.monthly', period: '2026-01', organizationId: id, version: null, values: { electricity: '1200' } })
      const [{ file, before }] = (await site.sql<{ file: string; before: number }>(`SELECT pg_relation_filepath('energy.monthly_2025') AS file, (SELECT count(*)::int FROM org.organization) AS before`)) as [{ file: string; before: number }]
      await site.process.stop()
      const at = path.join(embeddedPlace(site.dataDir).data, file)
      const page = fs.readFileSync(at)
      page[8192 - 200]! ^= 1
      fs.writeFileSync(at, page)
      await site.start()
      const again = await site.session(site.city.yuzhong, 'district_reviewer')
      const hurt = await send(site.process.url, again, 'GET', `/filings/open?form=energy.monthly&period=2026-01&organizationId=${made[0]}`)
      if (hurt.status !== 500 || !/编号/.test(String(hurt.body?.message))) against.push(`whoever reads it: ${hurt.status} ${JSON.stringify(hurt.body).slice(0, 120)}`)
      if (!/invalid page|XX001|checksum/.test(site.process.output())) against.push('the log of the server does not name it')
      const list = await send(site.process.url, again, 'GET', '/organizations?limit=200')
      if (list.status !== 200) against.push(`the register: ${list.status}`)
      const [{ n }] = (await site.sql<{ n: number }>('SELECT count(*)::int AS n FROM org.organization')) as [{ n: number }]
      if (n !== before) against.push(`${before} institutions before, ${n} after`)
      if (!(await site.process.ready())) against.push('not ready')
      return { against, notes: ['a flipped bit of a stored file: see the tests of attachments'] }
    } finally {
      await site.close()
    }
  },
}

export const disks: readonly Fault[] = [dataFull, logFull, uploadFull, halfUpload, flipped]
export type { Result }
