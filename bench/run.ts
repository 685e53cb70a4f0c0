/** npm run bench [-- --only NAME,NAME --quick --data-dir DIR --scale small|city --rounds N] */
import path from 'node:path'
import { parseArgs } from 'node:util'
import { prepare, root, type Site } from './data.ts'
import { printTable, writeResults, type Row } from './report.ts'
import { startBound, startOurs, type Running } from './servers.ts'
import type { Bench, Workload } from './workload.ts'
import { record, create } from './workloads/records.ts'
import { filtered, unfiltered, search } from './workloads/lists.ts'
import { indicators, rollup } from './workloads/figures.ts'
import { workbooks } from './workloads/workbooks.ts'
import { submissions } from './workloads/submissions.ts'
import { startUp, memoryAtRest } from './workloads/start.ts'
import { audit } from './workloads/audit.ts'
import { javascript } from './workloads/javascript.ts'

const WORKLOADS: readonly Workload[] = [record, filtered, unfiltered, search, create, indicators, rollup, workbooks, submissions, audit, memoryAtRest, javascript, startUp]

const { values } = parseArgs({
  options: {
    only: { type: 'string' }, quick: { type: 'boolean', default: false }, rounds: { type: 'string' },
    'data-dir': { type: 'string', default: path.join(root, 'bench', '.var') }, scale: { type: 'string', default: 'city' },
  },
})
const only = values.only?.split(',')
const unknown = only?.filter((n) => !WORKLOADS.some((w) => w.name === n)) ?? []
if (unknown.length || !['city', 'small'].includes(values.scale)) {
  process.stderr.write(`Workloads: ${WORKLOADS.map((w) => w.name).join(', ')}. Scales: city, small.\n`)
  process.exit(2)
}
const say = (line: string) => process.stdout.write(`${line}\n`)
const scale = values.scale as 'city' | 'small'
const data = await prepare(path.resolve(values['data-dir']), scale, say)

let bare: Running | undefined
let current: { site: Site; server: Running } | undefined
const bench: Bench = {
  data, scale, say, quick: values.quick, rounds: Number(values.rounds ?? (values.quick ? 3 : 5)), seconds: values.quick ? 3 : 6,
  async ours(site) {
    if (current?.site !== site) {
      await current?.server.stop()
      current = { site, server: await startOurs(site) }
    }
    return current.server
  },
  bound: async () => (bare ??= await startBound(data)),
  async quiet() {
    await Promise.all([current?.server.stop(), bare?.stop()])
    current = bare = undefined
  },
}

const rows: Row[] = []
let failed = false
try {
  for (const w of WORKLOADS) {
    if (only && !only.includes(w.name)) continue
    say(`\n${w.name}`)
    try {
      const found = await w.run(bench)
      rows.push(...found)
      say(printTable(found))
      for (const r of found) if (r.note) say(`  ${r.note}`)
    } catch (error) {
      failed = true
      say(`  not measured: ${(error as Error).stack}`)
    }
  }
} finally {
  await bench.quiet()
  await data.stop()
}
say(`\n${printTable(rows)}`)
writeResults(rows, { scale, quick: values.quick })
process.exit(failed ? 1 : 0)
