/** 代填: one form and period, many units as rows, chosen items as columns; pasted and typed across units. */
import { DownloadOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { App, Button, Input, Pagination, Progress, Select } from 'antd'
import { useEffect, useState, useSyncExternalStore } from 'react'
import { CATEGORY_CHOICES } from '../../org/organization/categories.rules.ts'
import { useAsked } from '../../ui/address.web.ts'
import { useDraft } from '../../ui/drafts.web.ts'
import { download } from '../../ui/files.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useProblem } from '../../ui/problems.tsx'
import { useCall } from '../../ui/queries.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { UnsavedGuard } from '../../ui/UnsavedGuard.tsx'
import { filingTemplate, listFilings, STANDINGS } from '../filing.contract.ts'
import { FormAndPeriod, useFormAndPeriod, type Asked } from '../FormAndPeriod.tsx'
import type { Report } from '../report.rules.ts'
import { SheetGrid } from './SheetGrid.tsx'
import { isUnsaved, SheetSession, type ListedFiling, type SheetDraft } from './sheet-session.web.ts'
import '../grid/grid.css'
import './fill.css'
import './sheet.css'

const PAGE = 50

export default function SheetPage() {
  const asked = useFormAndPeriod()
  if (!asked) return <EmptyState title="还没有报表" hint="平台没有装入任何统计报表制度。" />
  return (
    <>
      <PageHeader title="代填" note="为所属单位逐家填写，可整块粘贴；每一行自动保存。" back={{ to: '/reports', label: '填报' }} />
      {asked.report ? <Sheet key={`${asked.kind.name} ${asked.period.key}`} asked={asked} report={asked.report} /> : (
        <div className="sheet-tools"><FormAndPeriod {...asked} /><p className="muted">这一期还没有实行这张报表，请另选报告期。</p></div>
      )}
    </>
  )
}

function Sheet({ asked, report }: { asked: Asked; report: Report }) {
  const { kind, period } = asked
  const [search, ask] = useAsked()
  const offset = Number(search.offset ?? 0)
  const [session] = useState(() => new SheetSession(kind.name, period.key))
  const state = useSyncExternalStore(session.subscribe, session.read)
  const draft = useDraft<SheetDraft>(`sheet:${kind.name}:${period.key}`)
  const [begun] = useState(() => draft.restored?.values ?? {})
  const { keep, drop } = draft
  useEffect(() => {
    session.onUnsaved = (d) => (Object.keys(d).length ? keep(d) : drop())
    return () => session.saveAll()
  }, [session, keep, drop])
  const query = useCall(listFilings, {
    form: kind.name, period: period.key, q: search.q, category: search.category, standing: search.standing as never, regionId: search.regionId, superiorId: search.superiorId,
    sort: 'name', offset, limit: PAGE, withValues: '1',
  }, { staleTime: 0 })
  const { data } = query
  useEffect(() => {
    if (data) session.take(data.rows, Object.fromEntries(data.rows.filter((r) => begun[r.organizationId]).map((r) => [r.organizationId, begun[r.organizationId]!])))
  }, [data, session, begun])

  const wanted = search.items?.split(',')
  // Without a choice: what everybody must fill, and the item after each, which is mostly its cost.
  const everybody = report.sections.filter((s) => !s.appliesWhen).flatMap((s) => s.items)
  const usual = everybody.filter((i, at) => i.required || everybody[at - 1]?.required)
  const items = wanted ? report.items.filter((i) => wanted.includes(i.code)) : usual
  const { message } = App.useApp()
  const say = useProblem()
  const template = async () => {
    try {
      message.success(`已下载“${await download(filingTemplate, { form: kind.name, period: period.key, scope: 'mine' })}”`)
    } catch (error) {
      say(error)
    }
  }
  const stuck = [...state.rows.values()].filter((r) => isUnsaved(r) && (r.work === 'offline' || r.work === 'refused')).length
  const rowsOf = (listed: readonly ListedFiling[]) => listed.flatMap((l) => state.rows.get(l.organizationId) ?? [])
  return (
    <>
      <div className="sheet-tools">
        <FormAndPeriod {...asked} />
        <Input.Search allowClear aria-label="按机构名称查找" placeholder="机构名称" defaultValue={search.q} style={{ width: 180 }} onSearch={(q) => ask({ q, offset: undefined })} />
        <Select aria-label="机构类型" allowClear placeholder="机构类型" value={search.category} style={{ width: 160 }} options={[...CATEGORY_CHOICES]} onChange={(category) => ask({ category, offset: undefined })} />
        <Select aria-label="状态" allowClear placeholder="状态" value={search.standing} style={{ width: 140 }} options={Object.entries(STANDINGS).map(([value, label]) => ({ value, label }))} onChange={(standing) => ask({ standing, offset: undefined })} />
        <Select
          aria-label="要填的指标" mode="multiple" maxTagCount={0} maxTagPlaceholder={() => `指标 ${items.length} 项`} value={items.map((i) => i.code)} style={{ width: 140 }} popupMatchSelectWidth={300} optionFilterProp="label"
          options={report.sections.map((s) => ({ label: s.label, title: s.label, options: s.items.map((i) => ({ value: i.code, label: i.label })) }))} onChange={(codes) => ask({ items: codes.join(',') }, { replace: true })}
        />
        <Button icon={<DownloadOutlined aria-hidden />} onClick={() => void template()}>Excel 模板</Button>
        <Link to="/imports/new" search={{ target: report.domain, form: kind.name, period: period.key } as never}>从文件导入</Link>
      </div>
      {state.touched > 0 && (
        <div className="sheet-progress" role="status">
          <Progress percent={Math.round((state.saved / state.touched) * 100)} size="small" showInfo={false} aria-label="保存进度" />
          <span>已保存 {state.saved}/{state.touched} 家{stuck ? `，${stuck} 家没有保存，请看行首的原因` : ''}</span>
        </div>
      )}
      <Loaded of={query}>
        {({ rows, total }) => (
          <>
            {total === 0 ? <EmptyState title="没有符合条件的机构" hint="请放宽筛选条件。" /> : <SheetGrid report={report} items={items} rows={rowsOf(rows)} session={session} showItems={(codes) => ask({ items: [...items.map((i) => i.code), ...codes].join(',') }, { replace: true })} />}
            {total > PAGE && <Pagination className="sheet-pages" size="small" current={offset / PAGE + 1} pageSize={PAGE} total={total} showSizeChanger={false} showTotal={(n) => `共 ${n} 家`} onChange={(page) => ask({ offset: page > 1 ? String((page - 1) * PAGE) : undefined })} />}
          </>
        )}
      </Loaded>
      <UnsavedGuard dirty={stuck > 0} />
    </>
  )
}
