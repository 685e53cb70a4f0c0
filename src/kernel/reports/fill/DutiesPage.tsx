/** What I have to fill, what I was reminded of, and the way to any other form. */
import { DownloadOutlined } from '@ant-design/icons'
import { Link, useNavigate } from '@tanstack/react-router'
import { App, Button, Table } from 'antd'
import { useState } from 'react'
import { download } from '../../ui/files.web.ts'
import { useNarrow } from '../../ui/narrow.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { daysUntil, instantText, untilText } from '../../ui/text.web.ts'
import { filingTemplate, myDuties } from '../filing.contract.ts'
import { FormAndPeriod, useFormAndPeriod } from '../FormAndPeriod.tsx'
import { inAddress, useForms } from '../forms.web.ts'
import { OrganizationSelect } from '../OrganizationSelect.tsx'
import { parsePeriod, periodLabel } from '../period.rules.ts'
import { StandingTag } from '../StandingTag.tsx'
import './fill.css'

export default function DutiesPage() {
  const { user, may } = useSession()
  const forms = useForms()
  const narrow = useNarrow()
  const duties = useCall(myDuties, {})
  const label = (key: string) => {
    const p = parsePeriod(key)
    return p ? periodLabel(p) : key
  }
  const to = (d: { form: string; period: string; organizationId: number }) => `/reports/${inAddress(d.form)}/${d.period}/${d.organizationId}`
  return (
    <>
      <PageHeader title="填报" note={`${user.hat?.organizationName ?? ''}的统计报表。填写的内容随时自动保存。`} actions={may('report.review') && <Link to="/reports/sheet">为所属单位代填</Link>} />
      <Loaded of={duties}>
        {({ toFill, sent, reminders }) => (
          <>
            {reminders.length > 0 && (
              <section className="panel reminders">
                <h2>催报</h2>
                <ul>{reminders.map((r) => <li key={r.id}><b>{r.byName}</b>　{instantText(r.at)}　{r.organizationName} <Link to={to(r)}>{label(r.period)} {forms.label(r.form)}</Link>：{r.text}</li>)}</ul>
              </section>
            )}
            <section className="panel duties">
              <h2>待填报{toFill.length ? `（${toFill.length}）` : ''}</h2>
              {toFill.length === 0 ? <EmptyState title={may('report.review') ? '审核人没有自己要填的报表' : '该填的都已提交'} hint={may('report.review') ? '为所属单位填报，请用“代填”。' : '新的报告期结束后，要填的报表会列在这里。'} /> : narrow ? (
                <ul className="duty-cards">
                  {toFill.map((d) => (
                    <li key={`${d.form} ${d.period} ${d.organizationId}`}>
                      <Link to={to(d)}><strong>{label(d.period)} {forms.label(d.form)}</strong></Link>
                      <p className="muted">{d.organizationName}</p>
                      <p><StandingTag standing={d.standing} /> <span className={daysUntil(d.deadline) < 0 ? 'is-late' : 'muted'}>{d.deadline}，{untilText(d.deadline)}</span></p>
                    </li>
                  ))}
                </ul>
              ) : (
                <Table
                  size="small" pagination={false} rowKey={(d) => `${d.form} ${d.period} ${d.organizationId}`} dataSource={toFill}
                  columns={[
                    { title: '报表', render: (_, d) => <Link to={to(d)}>{forms.label(d.form)}</Link> },
                    { title: '报告期', render: (_, d) => label(d.period), width: 140 },
                    { title: '填报单位', dataIndex: 'organizationName' },
                    { title: '状态', render: (_, d) => <StandingTag standing={d.standing} />, width: 120 },
                    { title: '报送期限', render: (_, d) => <span className={daysUntil(d.deadline) < 0 ? 'is-late' : undefined}>{d.deadline}　{untilText(d.deadline)}</span>, width: 220 },
                  ]}
                />
              )}
            </section>
            {sent.length > 0 && (
              <section className="panel duties">
                <h2>已报送</h2>
                {narrow ? (
                  <ul className="duty-cards">
                    {sent.map((d) => (
                      <li key={`${d.form} ${d.period} ${d.organizationId}`}>
                        <Link to={to(d)}><strong>{label(d.period)} {forms.label(d.form)}</strong></Link>
                        <p><StandingTag standing={d.standing} /> <span className="muted">{instantText(d.submittedAt)} 提交</span></p>
                      </li>
                    ))}
                  </ul>
                ) : (
                  <Table
                    size="small" pagination={false} rowKey={(d) => `${d.form} ${d.period} ${d.organizationId}`} dataSource={sent}
                    columns={[
                      { title: '报表', render: (_, d) => <Link to={to(d)}>{forms.label(d.form)}</Link> },
                      { title: '报告期', render: (_, d) => label(d.period), width: 140 },
                      { title: '填报单位', dataIndex: 'organizationName' },
                      { title: '状态', render: (_, d) => <StandingTag standing={d.standing} />, width: 120 },
                      { title: '提交时间', render: (_, d) => instantText(d.submittedAt), width: 220 },
                    ]}
                  />
                )}
                <p className="muted">列出最近的 {sent.length} 张；更早的在下面选报告期打开。</p>
              </section>
            )}
            <AnyForm unit={toFill[0]?.organizationId ?? (user.hat?.kind === 'institution' ? user.hat.organizationId : undefined)} />
          </>
        )}
      </Loaded>
    </>
  )
}

/** Past periods, other forms, templates. */
function AnyForm({ unit }: { unit: number | undefined }) {
  const asked = useFormAndPeriod()
  const navigate = useNavigate()
  const { may } = useSession()
  const { message } = App.useApp()
  const say = useProblem()
  const [organization, setOrganization] = useState(unit)
  if (!asked) return null
  const { kind, period, report } = asked
  const template = async () => {
    try {
      message.success(`已下载“${await download(filingTemplate, { form: kind.name, period: period.key, scope: 'mine' })}”`)
    } catch (error) {
      say(error)
    }
  }
  return (
    <section className="panel">
      <h2>打开其他报表</h2>
      <div className="open-form">
        <FormAndPeriod {...asked} />
        {may('report.review') && <div className="open-organization"><OrganizationSelect value={organization} onChange={setOrganization} /></div>}
        <Button type="primary" disabled={!organization || !report} onClick={() => void navigate({ to: `/reports/${inAddress(kind.name)}/${period.key}/${organization}` })}>打开</Button>
        <Button icon={<DownloadOutlined aria-hidden />} disabled={!report} onClick={() => void template()}>下载 Excel 模板</Button>
        {may('import.run') && <Link to="/imports/new" search={{ target: kind.name.split('.')[0]!, form: kind.name, period: period.key } as never}>填好的模板从这里导入</Link>}
      </div>
      {!report && <p className="muted">这一期还没有实行这张报表，请另选报告期。</p>}
    </section>
  )
}
