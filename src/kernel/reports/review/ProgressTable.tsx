/** How many are expected, filled, submitted, on time, accepted — by district, department or category. A row filters the list. */
import { Segmented, Table, Tooltip } from 'antd'
import { isPart, nested, parentsAmong } from '../../org/organization/categories.rules.ts'
import { CATEGORIES } from '../../org/organization/organization.entity.ts'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useAsked } from '../../ui/address.web.ts'
import { useCall } from '../../ui/queries.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { decimalText } from '../../ui/text.web.ts'
import type { Period } from '../period.rules.ts'
import { progress } from '../review.contract.ts'

type Row = OutputOf<typeof progress>['rows'][number] & { children?: Row[] }
type By = 'region' | 'superior' | 'category'
const BY: Record<By, string> = { region: '按区县', superior: '按主管部门', category: '按机构类型' }
const COUNTS = { expected: '应报', submitted: '已提交', onTime: '按时', accepted1: '主管通过', accepted2: '市级通过', returned: '退回待改', missing: '未报', doubtful: '有疑点', keptOut: '未计入' } as const

/** Share as a text, without floats beyond a drawing. */
const percent = (part: number, whole: number): string => (whole ? `${((part / whole) * 100).toFixed(part === whole ? 0 : 1)}%` : '—')

function Bar({ row }: { row: Row }) {
  const parts = [
    { name: '市级通过', n: row.accepted2, tone: 'city' }, { name: '主管通过', n: row.accepted1 - row.accepted2, tone: 'superior' },
    { name: '待审核', n: row.submitted - row.accepted1, tone: 'submitted' }, { name: '填报中', n: row.filled - row.submitted, tone: 'draft' }, { name: '未填', n: row.expected - row.filled, tone: 'missing' },
  ].filter((p) => p.n > 0)
  const words = parts.map((p) => `${p.name} ${p.n}`).join('，')
  return (
    <Tooltip title={words}>
      <div className="progress-bar" role="img" aria-label={words || '没有应报的机构'}>
        {parts.map((p) => <span key={p.tone} className={`is-${p.tone}`} style={{ flexGrow: p.n }} />)}
      </div>
    </Tooltip>
  )
}

/** Kinds that belong together under their sum; the counts above the table add up the kinds alone. */
function underParents(rows: Row[]): Row[] {
  const parents = parentsAmong(rows.map((r) => r.key)).map(({ code, label, parts }): Row => {
    const children = rows.filter((r) => parts.includes(r.key))
    const sums = Object.fromEntries([...Object.keys(COUNTS), 'filled'].map((c) => [c, children.reduce((n, r) => n + r[c as keyof typeof COUNTS], 0)])) as Pick<Row, keyof typeof COUNTS | 'filled'>
    return { ...children[0]!, ...sums, key: code, name: label, children }
  })
  return nested([...rows.filter((r) => !isPart(r.key)), ...parents], (r) => r.key)
}

export function ProgressTable({ form, period }: { form: string; period: Period }) {
  const [search, ask] = useAsked()
  const by = (search.by as By | undefined) ?? 'region'
  const query = useCall(progress, { form, period: period.key, by })
  const name = (r: Row) => (by === 'category' ? (CATEGORIES[r.key as keyof typeof CATEGORIES] ?? r.name) : r.name) || '（无主管部门）'
  const filter = { region: 'regionId', superior: 'superiorId', category: 'category' }[by]
  const choose = (r: Row, more: Record<string, string | undefined> = {}) =>
    ask({ regionId: undefined, superiorId: undefined, category: undefined, standing: undefined, doubtful: undefined, late: undefined, offset: undefined, [filter]: by === 'category' ? r.key : r.id === null ? undefined : String(r.id), ...more })
  const narrowing: Partial<Record<keyof typeof COUNTS, Record<string, string>>> = { missing: { standing: 'missing' }, returned: { standing: 'returned' }, doubtful: { doubtful: '1' }, accepted1: { standing: 'accepted1' }, accepted2: { standing: 'accepted2' } }
  return (
    <Loaded of={query}>
      {({ rows, deadline }) => {
        const sum = (key: keyof typeof COUNTS) => rows.reduce((n, r) => n + r[key], 0)
        const chosen = search[filter]
        return (
          <>
            <div className="progress-head">
              <Segmented<By> aria-label="汇总方式" value={by} options={(Object.keys(BY) as By[]).map((value) => ({ value, label: BY[value] }))} onChange={(next) => ask({ by: next === 'region' ? undefined : next })} />
              <p>报送期限 {deadline}。应报 {decimalText(sum('expected'))} 家，已提交 {decimalText(sum('submitted'))} 家，上报率 <b>{percent(sum('submitted'), sum('expected'))}</b>，及时率 <b>{percent(sum('onTime'), sum('expected'))}</b>。</p>
            </div>
            {rows.length === 0 ? <EmptyState title="这一期没有应报的机构" hint="名录库里没有在这一期纳入统计的机构。" /> : (
              <Table<Row>
                size="small" rowKey="key" key={by} dataSource={by === 'category' ? underParents(rows) : rows} expandable={{ defaultExpandAllRows: true }} pagination={false} scroll={rows.length > 8 ? { x: 1080, y: 280 } : { x: 1080 }} rowClassName={(r) => (chosen && chosen === (by === 'category' ? r.key : String(r.id)) ? 'is-chosen-row' : '')}
                columns={[
                  { title: BY[by].slice(1), key: 'name', width: 150, render: (_, r) => <button type="button" className="text-button" onClick={() => choose(r)}>{name(r)}</button>, sorter: (a, b) => name(a).localeCompare(name(b), 'zh') },
                  { title: '进度', key: 'bar', width: 130, render: (_, r) => <Bar row={r} />, sorter: (a, b) => a.submitted / (a.expected || 1) - b.submitted / (b.expected || 1) },
                  ...(Object.keys(COUNTS) as (keyof typeof COUNTS)[]).map((key) => ({
                    title: COUNTS[key], key, width: 90, align: 'right' as const, className: 'number', sorter: (a: Row, b: Row) => a[key] - b[key],
                    render: (_: unknown, r: Row) => (narrowing[key] && r[key] ? <button type="button" className="text-button" onClick={() => choose(r, narrowing[key])}>{decimalText(r[key])}</button> : decimalText(r[key])),
                  })),
                ]}
              />
            )}
          </>
        )
      }}
    </Loaded>
  )
}
