/** Every line of the file with what became of it; findings stand at the cell. */
import { Link } from '@tanstack/react-router'
import { inAddress } from '../reports/forms.web.ts'
import { Button, Segmented, Tag } from 'antd'
import { Fragment, useState } from 'react'
import { useAsked } from '../ui/address.web.ts'
import { useCall } from '../ui/queries.web.ts'
import { EmptyState, Loaded } from '../ui/states.tsx'
import { importLines, type ImportBatch } from './import.contract.ts'
import { specOf, type Mapping } from './mapping.rules.ts'
import { OUTCOMES, type LineOutcome } from './target.rules.ts'

const COLOURS: Record<LineOutcome, string> = { create: 'success', update: 'processing', unchanged: 'default', duplicate: 'warning', skipped: 'default', error: 'error' }

/** Field → column of the file, to mark the cell that a finding is about. */
function columnsOf(batch: ImportBatch, headings: readonly string[]): Map<string, number> {
  const mapping = batch.mapping as Mapping
  const at = new Map<string, number>()
  const put = (field: string, from: string | readonly string[] | undefined) => {
    const index = headings.findIndex((h) => [from ?? []].flat().includes(h))
    if (index >= 0) at.set(field, index)
  }
  for (const [field, c] of Object.entries(mapping.columns ?? {})) put(field, specOf(c).from)
  put('institution', mapping.institution?.from)
  if (mapping.period) put('period', specOf(mapping.period).from)
  return at
}

export function BatchLines({ batch }: { batch: ImportBatch }) {
  const [asked, ask] = useAsked()
  const [after, setAfter] = useState<number[]>([0])
  const first: LineOutcome | undefined = (batch.counts.error ?? 0) > 0 ? 'error' : undefined
  const outcome = (asked.outcome === 'all' ? undefined : (asked.outcome as LineOutcome | undefined)) ?? (asked.outcome === 'all' ? undefined : first)
  const query = useCall(importLines, { id: batch.id, outcome, after: after.at(-1)!, limit: 50 }, { staleTime: 0 })
  const options = [{ value: 'all', label: `全部 ${batch.counts.lines ?? 0}` }, ...(Object.keys(OUTCOMES) as LineOutcome[]).filter((o) => batch.counts[o]).map((o) => ({ value: o as string, label: `${OUTCOMES[o]} ${batch.counts[o]}` }))]
  return (
    <section className="panel import-part">
      <h2>逐行结果</h2>
      <div className="import-tools lines-filter">
        <Segmented aria-label="按结果筛选" value={outcome ?? 'all'} options={options} onChange={(v) => {
          setAfter([0])
          ask({ outcome: String(v) }, { replace: true })
        }} />
      </div>
      <Loaded of={query}>
        {({ headings, lines, next }) => {
          const at = columnsOf(batch, headings)
          if (!lines.length) return <EmptyState title="没有这样的行" />
          return (
            <>
              <div className="grid-scroll lines-scroll" tabIndex={0} role="region" aria-label="逐行结果">
                <table className="first-rows lines">
                  <thead><tr><th scope="col">行号</th><th scope="col">结果</th>{headings.map((h, i) => <th key={i} scope="col">{h}</th>)}</tr></thead>
                  <tbody>
                    {lines.map((l) => {
                      const marked = new Set((l.findings ?? []).filter((f) => f.severity !== 'note').map((f) => at.get(f.field)))
                      return (
                        <Fragment key={l.line}>
                          <tr>
                            <th scope="row">{l.line}</th>
                            <td><Tag color={COLOURS[l.outcome]}>{OUTCOMES[l.outcome]}</Tag>{batch.target === 'institutions' && l.recordId && <Link to={`/organizations/${l.recordId}`}>查看</Link>}{l.place && <Link to={`/reports/${inAddress(l.place.form)}/${l.place.period}/${l.place.organizationId}`} search={{ back: `/imports/${batch.id}` } as never}>打开报表</Link>}</td>
                            {headings.map((_, i) => <td key={i} className={marked.has(i) ? 'is-marked' : undefined}>{l.raw[i]}</td>)}
                          </tr>
                          {l.findings && l.findings.length > 0 && (
                            <tr className="line-findings"><td colSpan={headings.length + 2}><div className="line-words">{l.findings.map((f, i) => <p key={i} className={`is-${f.severity}`}>{at.has(f.field) && <b>{headings[at.get(f.field)!]}　</b>}{f.message}</p>)}</div></td></tr>
                          )}
                        </Fragment>
                      )
                    })}
                  </tbody>
                </table>
              </div>
              <div className="import-more">
                {after.length > 1 && <Button size="small" onClick={() => setAfter((a) => a.slice(0, -1))}>上一页</Button>}
                {next !== null && <Button size="small" onClick={() => setAfter((a) => [...a, next])}>下一页</Button>}
              </div>
            </>
          )
        }}
      </Loaded>
    </section>
  )
}
