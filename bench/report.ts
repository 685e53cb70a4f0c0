/** The table, on the screen and in RESULTS.md. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { todayInChongqing } from '../src/kernel/reports/period.rules.ts'
import { root } from './data.ts'

export interface Row {
  workload: string
  ours: string
  bound: string
  ratio: string
  required: string
  /** Latency of ours. */
  p50p99: string
  /** null: stated, not judged. */
  kept: boolean | null
  note?: string
}

const HEAD = ['workload', 'ours', 'lower bound', 'ratio', 'required', 'p50 / p99', 'verdict']
const cells = (r: Row) => [r.workload, r.ours, r.bound, r.ratio, r.required, r.p50p99, r.kept === null ? 'stated' : r.kept ? 'kept' : 'MISSED']

export function printTable(rows: readonly Row[]): string {
  const lines = [HEAD, HEAD.map(() => '---'), ...rows.map(cells)]
  return lines.map((l) => `| ${l.join(' | ')} |`).join('\n')
}

const git = (...args: string[]) => {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

/** Rows measured now replace those of the same name; the others keep their date. */
export function writeResults(rows: readonly Row[], conditions: { scale: string; quick: boolean }): void {
  const keep = path.join(root, 'bench', 'results.json')
  type Kept = Row & { date: string; commit: string; conditions: string }
  const before: Kept[] = fs.existsSync(keep) ? (JSON.parse(fs.readFileSync(keep, 'utf8')) as Kept[]) : []
  const stamp = {
    date: todayInChongqing(), commit: git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain', '--', 'src') ? '+' : ''),
    conditions: `${conditions.scale}${conditions.quick ? ', quick' : ''}`,
  }
  const fresh = new Map(rows.map((r) => [r.workload, { ...r, ...stamp }]))
  const all = [...before.map((r) => fresh.get(r.workload) ?? r), ...rows.filter((r) => !before.some((b) => b.workload === r.workload)).map((r) => fresh.get(r.workload)!)]
  fs.writeFileSync(keep, `${JSON.stringify(all, null, 1)}\n`)
  const body = [
    '# Measured', '',
    'Written by `npm run bench`. Ratios against a lower bound that the same run measures in alternating rounds: a bare Fastify',
    'handler with `pg`, the same SQL, no session, no rights, no validation. Our side always with session, row security,',
    'validation and history. Absolute figures belong to the machine and the minute; the ratios are what counts. `+` after a',
    'commit: with changes that were not committed yet.', '',
    `Machine of the last run: ${os.cpus().length} cores, ${Math.round(os.totalmem() / 2 ** 30)} GB memory, shared with other work. Node ${process.versions.node}.`, '',
    `| ${[...HEAD, 'measured'].join(' | ')} |`, `| ${[...HEAD, ''].map(() => '---').join(' | ')} |`,
    ...all.map((r) => `| ${[...cells(r), `${r.date}, ${r.commit}, ${r.conditions}`].join(' | ')} |`), '',
    ...all.filter((r) => r.note).map((r) => `- **${r.workload}**: ${r.note}`), '',
  ]
  fs.writeFileSync(path.join(root, 'bench', 'RESULTS.md'), body.join('\n'))
}

export const figure = (n: number, unit = ''): string => (n >= 100 ? Math.round(n).toLocaleString('en') : n >= 10 ? n.toFixed(1) : n.toFixed(2)) + unit
export const latency = (r: { p50: number; p99: number }): string => `${figure(r.p50)} / ${figure(r.p99)} ms`
