/** On the page of an institution: every form it filed, the newest period first, and how far each has come. */
import { Link } from '@tanstack/react-router'
import { Pagination, Select } from 'antd'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { useAsked } from '../../ui/address.web.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { useCall } from '../../ui/queries.web.ts'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { decimalText, instantText, NONE } from '../../ui/text.web.ts'
import { filingsOfOrganization, KEPT_OUT } from '../filing.contract.ts'
import { inAddress, useForms } from '../forms.web.ts'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import { StandingTag } from '../StandingTag.tsx'
import './organization-forms.css'

type Row = OutputOf<typeof filingsOfOrganization>['rows'][number]
const LIMIT = 20

const Found = ({ row }: { row: Row }) => row.hardFindings + row.openFindings + row.explainedFindings === 0 ? <span className="muted">没有发现问题</span> : (
  <span className="forms-found">
    {row.hardFindings > 0 && <b className="is-hard">错误 {row.hardFindings}</b>}
    {row.openFindings > 0 && <b className="is-soft">异常未说明 {row.openFindings}</b>}
    {row.explainedFindings > 0 && <span>异常已说明 {row.explainedFindings}</span>}
  </span>
)
const Counted = ({ row }: { row: Row }) => row.keptOut ? <span className={row.keptOut === 'hard-findings' ? 'is-hard' : 'muted'}>未计入：{KEPT_OUT[row.keptOut]}</span> : '计入'
const By = ({ name, at, late }: { name: string | null; at: string | null; late?: boolean }) => at === null ? NONE : <>{name ?? ''} <span className="nowrap">{instantText(at)}</span>{late && <span className="is-hard"> 逾期</span>}</>

export default function OrganizationForms({ id }: { id: number }) {
  const forms = useForms()
  const narrow = useNarrow()
  const { may } = useSession()
  const [asked, ask] = useAsked()
  const kind = forms.kinds.find((k) => k.name === asked.form)
  const offset = Math.max(0, Math.trunc(Number(asked.offset)) || 0)
  // Who comes back from a form has changed it: read again at once.
  const filed = useCall(filingsOfOrganization, { id, form: kind?.name, offset, limit: LIMIT }, { placeholderData: (before) => before, staleTime: 0 })
  const label = (key: string) => {
    const p = parsePeriod(key)
    return p ? periodLabel(p) : key
  }
  // The form leads back to this list as it was.
  const to = (r: Row) => ({ to: `/reports/${inAddress(r.form)}/${r.period}/${r.organizationId}`, search: { back: `/organizations/${id}?${new URLSearchParams(asked)}` } as never })
  const filled = (r: Row) => `${r.itemsFilled} / ${r.itemsExpected} 项`
  return (
    <>
      <div className="forms-tools">
        <Select aria-label="报表" value={kind?.name ?? ''} popupMatchSelectWidth={false} style={{ minWidth: 200, maxWidth: '100%' }}
          options={[{ value: '', label: '全部报表' }, ...forms.kinds.map((k) => ({ value: k.name, label: k.label }))]} onChange={(form) => ask({ form: form || undefined, offset: undefined }, { replace: true })} />
      </div>
      <Loaded of={filed}>
        {({ total, rows }) => rows.length === 0 ? (
          <EmptyState title={total > 0 ? '这一页没有报表' : kind ? '这个机构没有填过这种报表' : '这个机构还没有填过报表'}
            hint={total > 0 ? <Link to="." search={((before: Record<string, string>) => ({ ...before, offset: undefined })) as never}>回到第一页</Link> : kind ? '换一种报表，或看全部报表。' : may('report.review') ? <>要为它填报，请用<Link to="/reports/sheet">代填</Link>。</> : may('report.file') ? <>要填的报表列在<Link to="/reports">填报</Link>里。</> : '填报之后列在这里。'} />
        ) : (
          <>
            {narrow ? (
              <ul className="forms-cards">
                {rows.map((r) => (
                  <li key={r.id}>
                    <Link {...to(r)}><strong>{label(r.period)}</strong> {forms.label(r.form)}</Link>
                    <p><StandingTag standing={r.standing} /><Counted row={r} /></p>
                    <p>完整度 {filled(r)}，<Found row={r} /></p>
                    {r.submittedAt && <p className="muted">提交：<By name={r.submittedByName} at={r.submittedAt} late={r.onTime === false} /></p>}
                    {r.acceptedAt && <p className="muted">审核通过：<By name={r.acceptedByName} at={r.acceptedAt} /></p>}
                  </li>
                ))}
              </ul>
            ) : (
              <ScrollBox label="这个机构的报表">
                <table className="change-table">
                  <thead>
                    <tr><th scope="col">报告期</th><th scope="col">报表</th><th scope="col">状态</th><th scope="col" className="number">完整度</th><th scope="col">发现的问题</th><th scope="col">是否计入</th><th scope="col">提交</th><th scope="col">审核通过</th></tr>
                  </thead>
                  <tbody>
                    {rows.map((r) => (
                      <tr key={r.id}>
                        <th scope="row" className="nowrap"><Link {...to(r)}>{label(r.period)}</Link></th>
                        <td>{forms.label(r.form)}</td>
                        <td><StandingTag standing={r.standing} /></td>
                        <td className="number">{filled(r)}</td>
                        <td><Found row={r} /></td>
                        <td><Counted row={r} /></td>
                        <td><By name={r.submittedByName} at={r.submittedAt} late={r.onTime === false} /></td>
                        <td><By name={r.acceptedByName} at={r.acceptedAt} /></td>
                      </tr>
                    ))}
                  </tbody>
                </table>
              </ScrollBox>
            )}
            <Pagination size="small" className="forms-pages" current={Math.floor(offset / LIMIT) + 1} pageSize={LIMIT} total={total} showSizeChanger={false} simple={narrow} showTotal={narrow ? undefined : (n) => `共 ${decimalText(n)} 张`}
              onChange={(p) => ask({ offset: p > 1 ? String((p - 1) * LIMIT) : undefined })} />
          </>
        )}
      </Loaded>
    </>
  )
}
