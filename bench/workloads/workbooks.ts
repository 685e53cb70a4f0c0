/** 16,800 annual forms in one workbook: in through the import, out through the export, each against the bare way. */
import fs from 'node:fs'
import path from 'node:path'
import { alternateTimes, child, median } from '../load.ts'
import { figure, type Row } from '../report.ts'
import { forgetPeak, memory, signIn, type Running, type Session } from '../servers.ts'
import { clearAnnual, keepAnnual, writeWorkbook, PERIOD, type Workbook } from '../workbook.ts'
import type { Bench, Workload } from '../workload.ts'

async function json(answer: Response): Promise<any> {
  const body = await answer.json()
  if (!answer.ok) throw new Error(JSON.stringify(body))
  return body
}

async function settled(server: Running, session: Session, id: number, wanted: string): Promise<any> {
  for (;;) {
    const batch = await json(await fetch(`${server.url}/api/imports/${id}`, { headers: session.headers }))
    if (batch.state === wanted) return batch
    if (batch.problem || batch.state === 'failed') throw new Error(JSON.stringify(batch.problem))
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/**
 * Uploads, waits for every line's judgement, has everything written and handed in. Milliseconds of both halves, and of
 * what follows: figures and totals are reckoned beside everybody's work, and whoever asks for them at once waits for it.
 */
async function importOnce(server: Running, session: Session, file: Workbook): Promise<{ check: number; apply: number; figures: number; counts: Record<string, number> }> {
  const form = new FormData()
  form.set('input', JSON.stringify({ target: 'energy', mapping: file.mapping }))
  form.set('file', await fs.openAsBlob(file.path), path.basename(file.path))
  const since = performance.now()
  const batch = await json(await fetch(`${server.url}/api/imports/check`, { method: 'POST', headers: session.headers, body: form }))
  const { counts } = await settled(server, session, batch.id, 'checked')
  const checked = performance.now()
  await json(await fetch(`${server.url}/api/imports/${batch.id}/apply`, {
    method: 'POST', headers: { ...session.headers, 'content-type': 'application/json' }, body: JSON.stringify({ accept: 'all', submit: true }),
  }))
  await settled(server, session, batch.id, 'applied')
  const applied = performance.now()
  const ask = () => fetch(`${server.url}/api/energy/indicators?period=${PERIOD}&by=region`, { headers: session.headers })
  // A request does not wait for ever: whoever is told that the platform is busy asks again.
  let answer = await ask()
  while (answer.status === 503) answer = await ask()
  const { rows } = await json(answer)
  const told = rows.reduce((n: number, r: any) => n + r.counted + r.keptOut, 0)
  if (told < file.rows) throw new Error(`totals of ${told} institutions after ${file.rows} forms`)
  return { check: checked - since, apply: applied - checked, figures: performance.now() - applied, counts }
}

async function importRow(bench: Bench, server: Running, session: Session, file: Workbook): Promise<Row> {
  const site = bench.data.city
  const halves: { check: number; apply: number; figures: number }[] = []
  const more: number[] = []
  let counts: Record<string, number> = {}
  const ours = async () => {
    await clearAnnual(site.connection)
    const before = memory(server.pid).now
    forgetPeak(server.pid)
    const done = await importOnce(server, session, file)
    more.push(memory(server.pid).peak - before)
    halves.push(done)
    counts = done.counts
    return done.check + done.apply
  }
  const bound = async () => (await child<{ milliseconds: number }>('./copy-child.ts', { connection: site.connection, file: file.path })).milliseconds
  const found = await alternateTimes(bench.quick ? 1 : 3, ours, bound)
  const most = Math.max(...more)
  return {
    workload: `a workbook of ${file.rows.toLocaleString('en')} rows, checked row by row, stored`, ours: `${figure(found.ours / 1000)} s`, bound: `${figure(found.bound / 1000)} s`, ratio: `${figure(found.ratio)} ×`,
    required: '≤ 3 ×, ≤ 150 MB more', p50p99: `+${figure(most)} MB`, kept: found.ratio <= 3 && most <= 150,
    note: `Check ${figure(median(halves.map((h) => h.check)) / 1000)} s, writing and handing in ${figure(median(halves.map((h) => h.apply)) / 1000)} s; figures and totals for the first reader ${figure(median(halves.map((h) => h.figures)) / 1000)} s later; per row ${figure(found.ours / file.rows)} ms. Lines: ${JSON.stringify(counts)}. The bound parses the same file as a stream and copies its cells into a table without keys.`,
  }
}

async function exportRow(bench: Bench, server: Running, session: Session): Promise<Row> {
  const bare = await bench.bound()
  const more: number[] = []
  const timed = async (url: string, headers: Record<string, string>) => {
    const since = performance.now()
    const answer = await fetch(url, { headers })
    if (!answer.ok) throw new Error(await answer.text())
    await answer.body!.pipeTo(new WritableStream())
    return performance.now() - since
  }
  const ours = async () => {
    const before = memory(server.pid).now
    forgetPeak(server.pid)
    const t = await timed(`${server.url}/api/filings/template?form=energy.annual&period=2025&scope=mine`, session.headers)
    more.push(memory(server.pid).peak - before)
    return t
  }
  const found = await alternateTimes(bench.rounds, ours, () => timed(`${bare.url}/export`, {}))
  return {
    workload: 'export of the same', ours: `${figure(found.ours / 1000)} s`, bound: `${figure(found.bound / 1000)} s`, ratio: figure(1 / found.ratio), required: '≥ 0.7',
    p50p99: `+${figure(Math.max(...more))} MB`, kept: 1 / found.ratio >= 0.7, note: 'The bound: one query, one bare streaming writer without styles or types.',
  }
}

export const workbooks: Workload = {
  name: 'workbooks',
  async run(bench) {
    const site = bench.data.city
    const file = await writeWorkbook(site, path.join(site.dataDir, `annual-${PERIOD}.xlsx`))
    const server = await bench.ours(site)
    const session = await signIn(server, site, 'shi.shenhe')
    const restore = await keepAnnual(site.connection)
    try {
      return [await importRow(bench, server, session, file), await exportRow(bench, server, session)]
    } finally {
      await restore()
    }
  },
}
