/** npm run faults [-- --only F01,F05 --times N --seed S]: hurts the platform in every known way and looks whether it held. */
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { todayInChongqing } from '../src/kernel/reports/period.rules.ts'
import { clocks } from './clocks.ts'
import { disks } from './disks.ts'
import type { Fault, Result } from './fault.ts'
import { processes } from './processes.ts'
import { cleanUp } from './site.ts'
import { tested } from './tested.ts'

const ALL: readonly Fault[] = [...processes, ...disks, ...clocks, ...tested].toSorted((a, b) => (a.id < b.id ? -1 : 1))
const { values } = parseArgs({ options: { only: { type: 'string' }, times: { type: 'string', default: '1' }, seed: { type: 'string' } } })
const only = values.only?.split(',')
const unknown = only?.filter((id) => !ALL.some((f) => f.id === id)) ?? []
if (unknown.length) {
  process.stderr.write(`Faults: ${ALL.map((f) => f.id).join(', ')}.\n`)
  process.exit(2)
}
const seed = Number(values.seed ?? Date.now() % 1_000_000)
const say = (line: string) => process.stdout.write(`${line}\n`)
say(`seed ${seed}`)

interface Row {
  fault: string
  what: string
  acked: string
  stored: string
  lost: string
  doubled: string
  recovery: string
  verdict: 'held' | 'BROKEN' | 'held, but' | 'skipped' | 'not there yet'
  notes: string[]
}
function rowOf(f: Fault, r: Result): Row {
  const slow = f.rto !== undefined && r.recovery !== undefined && r.recovery > f.rto ? [`I7: ready again after ${r.recovery.toFixed(1)} s, ${f.rto} s are allowed`] : []
  const wrong = [...(r.broken ?? []), ...(r.against ?? []), ...slow]
  const n = (v: number | undefined) => (v === undefined ? '' : String(v))
  return {
    fault: f.id, what: f.what, acked: n(r.acked), stored: n(r.stored), lost: n(r.lost), doubled: n(r.doubled),
    recovery: r.recovery === undefined ? '' : `${r.recovery.toFixed(1)} s${f.rto ? ` (≤ ${f.rto})` : ''}`,
    verdict: r.absent ? 'not there yet' : r.skipped ? 'skipped' : wrong.length ? 'BROKEN' : r.missing?.length ? 'held, but' : 'held',
    notes: [...wrong, ...(r.missing ?? []), ...(r.notes ?? []), ...(r.skipped ? [r.skipped] : []), ...(r.absent ? [r.absent] : [])],
  }
}
const HEAD = ['fault', '', 'acknowledged', 'stored', 'lost', 'doubled', 'ready again after', 'verdict']
const cells = (r: Row) => [r.fault, r.what, r.acked, r.stored, r.lost, r.doubled, r.recovery, r.verdict]
const table = (rows: readonly (Row & { date?: string })[], more: boolean) =>
  [more ? [...HEAD, 'when'] : HEAD, (more ? [...HEAD, ''] : HEAD).map(() => '---'), ...rows.map((r) => (more ? [...cells(r), r.date ?? ''] : cells(r)))].map((l) => `| ${l.join(' | ')} |`).join('\n')

const rows: Row[] = []
for (const f of ALL) {
  if (only && !only.includes(f.id)) continue
  for (let i = 0; i < Number(values.times); i++) {
    say(`\n${f.id} ${f.what}`)
    let row: Row
    try {
      row = rowOf(f, await f.run(seed + i))
    } catch (error) {
      row = rowOf(f, { against: [`it did not come to an end: ${(error as Error).message.slice(0, 600)}`] })
      if (process.env.FAULTS_STACK) say((error as Error).stack ?? '')
    }
    say(`  ${row.verdict}${row.acked ? `: ${row.acked} acknowledged, ${row.stored} stored, ${row.lost} lost, ${row.doubled} doubled` : ''}${row.recovery ? `, ready again after ${row.recovery}` : ''}`)
    for (const note of row.notes) say(`  ${note}`)
    // The worst of several times is what counts.
    const before = rows.findIndex((r) => r.fault === f.id)
    const rank = { BROKEN: 0, 'not there yet': 1, 'held, but': 2, skipped: 3, held: 4 }
    if (before < 0) rows.push(row)
    else if (rank[row.verdict] <= rank[rows[before]!.verdict]) rows[before] = row
  }
}
cleanUp()
say(`\n${table(rows, false)}`)

const root = path.resolve(import.meta.dirname, '..')
const keep = path.join(root, 'faults', 'results.json')
type Kept = Row & { date: string }
const git = (...args: string[]) => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}
const stamp = `${todayInChongqing()}, ${git('rev-parse', '--short', 'HEAD')}, seed ${seed}${Number(values.times) > 1 ? `, ${values.times} times` : ''}`
const kept: Kept[] = fs.existsSync(keep) ? (JSON.parse(fs.readFileSync(keep, 'utf8')) as Kept[]) : []
const all = [...kept.filter((k) => !rows.some((r) => r.fault === k.fault)), ...rows.map((r) => ({ ...r, date: stamp }))].toSorted((a, b) => (a.fault < b.fault ? -1 : 1))
fs.writeFileSync(keep, `${JSON.stringify(all, null, 1)}\n`)
const about = fs.readFileSync(path.join(root, 'faults', 'about.md'), 'utf8').trimEnd()
fs.writeFileSync(path.join(root, 'docs', 'faults.md'), [
  about, '', '## Results', '', `Machine of the last run: ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB memory, shared with other work. Node ${process.versions.node}.`, '',
  table(all, true), '', ...all.filter((r) => r.notes.length).map((r) => `- **${r.fault}**: ${r.notes.join('; ')}`), '',
].join('\n'))
process.exit(rows.some((r) => r.verdict === 'BROKEN' || r.verdict === 'not there yet') ? 1 : 0)
