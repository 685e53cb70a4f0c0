/**
 * Builds the sample city. A phase is one transaction that ends by noting itself as done, and all phases are
 * deterministic: an interrupted build goes on with the phase that it was in and leaves the same city.
 */
import { refused } from '../../kernel/contract/problem.rules.ts'
import type { Database } from '../../kernel/db/database.ts'
// Loading the domains registers their forms, which the findings are read through.
import '../domains.ts'
import { sampleCity, type SampleCity } from './city.rules.ts'
import { analyze, ownerTransaction, type OwnerTransaction } from './owner-transaction.ts'
import { judgedPeriods, storeFindings } from './findings.phase.ts'
import { storeForms } from './forms.phase.ts'
import { storeOrganizations } from './organizations.phase.ts'
import { storePeople, type SampleAccount } from './people.phase.ts'
import { scaleOf, type Scale, type ScaleName } from './scale.rules.ts'
import { storeTotals } from './totals.phase.ts'
import { readState, writeMark, type Mark } from './state.ts'

export interface SampleOptions {
  /** A name, or a size of one's own for a test. */
  scale: ScaleName | Scale
  /** For `register`: how many institutions. */
  institutions?: number
  onProgress?: (phase: string, done: number, total: number) => void
}
export interface SampleResult {
  scale: ScaleName
  /** Rows by phase, of the phases that this call ran; empty when everything was there. */
  counts: Record<string, number>
  /** Milliseconds by phase. */
  took: Record<string, number>
  /** Sign-ins, when this call made them. */
  accounts: SampleAccount[]
}
export interface SampleTarget {
  db: Database
  dataDir: string
}

interface Work {
  trx: OwnerTransaction
  city: SampleCity
  scale: Scale
  dataDir: string
  accounts: SampleAccount[]
  progress: (done: number) => void
}
interface Phase {
  name: string
  label: string
  total: (scale: Scale) => number
  applies?: (scale: Scale) => boolean
  run: (work: Work) => Promise<number>
}

const PHASES: readonly Phase[] = [
  { name: 'organizations', label: '机构', total: (s) => s.institutions, run: (w) => storeOrganizations(w.trx, w.city, w.progress) },
  {
    name: 'people', label: '人员与账号', total: () => 78,
    run: async (w) => {
      w.accounts.push(...(await storePeople(w.trx, w.city, w.dataDir, w.progress)))
      return w.accounts.length
    },
  },
  { name: 'forms', label: '报表', total: (s) => s.institutions, applies: (s) => s.months > 0, run: (w) => storeForms(w.trx, w.city, w.scale, w.progress) },
  { name: 'findings', label: '审核发现', total: (s) => judgedPeriods(s).length, applies: (s) => s.months > 0, run: (w) => storeFindings(w.trx, w.scale, w.progress) },
  { name: 'totals', label: '汇总', total: (s) => s.institutions, applies: (s) => s.months > 0, run: (w) => storeTotals(w.trx, w.progress) },
]

export async function buildSample(target: SampleTarget, options: SampleOptions): Promise<SampleResult> {
  const scale = typeof options.scale === 'string' ? scaleOf(options.scale, options.institutions) : options.scale
  const result: SampleResult = { scale: scale.name, counts: {}, took: {}, accounts: [] }
  const { real, mark: found } = await readState(target.db)
  if (real) throw refused('数据库中已有真实机构，不能再生成示例数据。请换一个数据目录（--data-dir）或数据库。')
  if (found && (found.scale !== scale.name || found.institutions !== scale.institutions))
    throw refused(`数据库中已有另一规模的示例数据（${found.scale}，${found.institutions} 个机构）。请换一个数据目录（--data-dir）或数据库。`)
  const mark: Mark = found ?? { scale: scale.name, institutions: scale.institutions, done: [], complete: false }
  if (mark.complete) return result
  const city = sampleCity(scale)
  const phases = PHASES.filter((p) => p.applies?.(scale) ?? true)
  for (const phase of phases) {
    if (mark.done.includes(phase.name)) continue
    const from = performance.now()
    const total = phase.total(scale)
    mark.done.push(phase.name)
    mark.complete = phase === phases.at(-1)
    result.counts[phase.name] = await ownerTransaction(target.db.owner, scale, async (trx) => {
      const n = await phase.run({
        trx, city, scale, dataDir: target.dataDir, accounts: result.accounts,
        progress: (done) => options.onProgress?.(phase.label, Math.min(done, total), total),
      })
      await writeMark(trx, mark)
      return n
    })
    options.onProgress?.(phase.label, total, total)
    // Each phase reads what the one before it stored, and the planner must know how much that is.
    await analyze(target.db.owner)
    result.took[phase.name] = Math.round(performance.now() - from)
  }
  return result
}
