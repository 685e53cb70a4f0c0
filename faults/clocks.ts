/** Clocks that lie: F10. The server process runs under faketime, the database with the right time. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { urlOf } from '../src/kernel/test/process.ts'
import type { Fault } from './fault.ts'
import { openSite, pause, send, until } from './site.ts'

const FAKETIME = '/usr/bin/faketime'
const clock: Fault = {
  id: 'F10', what: 'clock of the server process ten years ahead, then an hour behind',
  async run() {
    if (!fs.existsSync(FAKETIME)) return { skipped: 'faketime is not installed (Debian: apt-get install faketime)' }
    const site = await openSite()
    try {
      const against: string[] = []
      const notes: string[] = []
      const good = await site.session(site.city.yuzhong, 'district_reviewer')
      const dead = await site.session(site.city.yuzhong, 'district_reviewer')
      await site.sql(`UPDATE auth.session SET expires_at = now() - interval '1 second' WHERE token_hash = (SELECT token_hash FROM auth.session ORDER BY created_at DESC LIMIT 1)`).catch(async () => {
        // Whatever the column of its creation is called, it is the last one.
        const { createHash } = await import('node:crypto')
        const token = dead.headers.cookie!.split('=')[1]!
        await site.sql(`UPDATE auth.session SET expires_at = now() - interval '1 second' WHERE token_hash = $1`, [createHash('sha256').update(token).digest('hex')])
      })
      // The database goes on with its own clock: it belongs to the first process, the others are led to it.
      for (const [shift, folder] of [['+3650d', 'ahead'], ['-1h', 'behind']] as const) {
        const { startProcess } = await import('../src/kernel/test/process.ts')
        const other = await startProcess({ dataDir: site.dataDir, databaseUrl: urlOf(site.connection), through: [FAKETIME, '-f', shift] })
        try {
          const says = await fetch(`${other.url}/health`).then((r) => r.headers.get('date'))
          notes.push(`${shift}: the process says ${says}`)
          if ((await send(other.url, good, 'GET', '/session')).status !== 200) against.push(`${shift}: a living session is dead`)
          if ((await send(other.url, dead, 'GET', '/session')).status !== 401) against.push(`${shift}: an ended session lives`)
          const name = `钟差${folder}`
          const made = await send(other.url, good, 'POST', '/organizations', { values: { name, category: '01', regionId: site.city.regions.yuzhong, superiorId: site.city.yuzhong } }, { key: `clock-${folder}` })
          if (made.status !== 200) against.push(`${shift}: writing ${made.status} ${JSON.stringify(made.body)}`)
          // A job that was enqueued by one with the wrong clock runs once.
          const body = new FormData()
          body.append('input', JSON.stringify({ target: 'institutions', mapping: { columns: { name: '机构名称', category: '机构类型', regionId: '区划' } } }))
          body.append('file', new Blob([`机构名称,机构类型,区划\n导入${folder},01,渝中区\n`]), 'a.csv')
          const batch = (await (await fetch(`${site.process.url}/api/imports/check`, { method: 'POST', headers: good.headers, body })).json()) as { id: number }
          await until(async () => (await send(site.process.url, good, 'GET', `/imports/${batch.id}`)).body.state === 'checked', 30_000, 'the check')
          await send(other.url, good, 'POST', `/imports/${batch.id}/apply`, { accept: 'all' })
          await until(async () => (await send(site.process.url, good, 'GET', `/imports/${batch.id}`)).body.state === 'applied', 30_000, 'the writing')
          await pause(1_500)
          const [{ n }] = (await site.sql<{ n: number }>('SELECT count(*)::int AS n FROM org.organization WHERE name = $1', [`导入${folder}`])) as [{ n: number }]
          if (n !== 1) against.push(`${shift}: the import was written ${n} times`)
        } finally {
          await other.stop()
        }
      }
      const order = await site.sql<{ wrong: number }>(`SELECT count(*)::int AS wrong FROM (SELECT at, lag(at) OVER (ORDER BY id) AS before FROM audit.change) c WHERE at < before - interval '5 seconds'`)
      if (order[0]!.wrong) against.push(`${order[0]!.wrong} lines of history run backwards`)
      return { against, notes }
    } finally {
      await site.close()
    }
  },
}
export const clocks: readonly Fault[] = [clock]
export const faketimeVersion = () => (fs.existsSync(FAKETIME) ? execFileSync(FAKETIME, ['--version'], { encoding: 'utf8' }).split('\n')[0] : null)
