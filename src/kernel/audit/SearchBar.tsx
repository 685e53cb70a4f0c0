/** What the auditor asks for. Words go by the reason; everything else by its own index. */
import { Button, DatePicker, Input, Select, Space } from 'antd'
import dayjs from 'dayjs'
import { useEffect, useMemo, useState } from 'react'
import type { InputFor } from '../ui/client.web.ts'
import { useNarrow } from '../ui/narrow.web.ts'
import { useCall } from '../ui/queries.web.ts'
import { useSettled } from '../ui/settled.web.ts'
import { today } from '../ui/text.web.ts'
import { findInTrail, trailWords, type searchEntries } from './audit.contract.ts'
import { ACTIONS, RESULTS } from './words.rules.ts'
import { dayAfter, dayBefore, startOf } from './words.web.ts'

type Asked = Record<string, string>
type Question = InputFor<typeof searchEntries>

/** What is no day or number in the address is not asked, and not shown as if it were. */
const number = (text: string | undefined) => (text && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : undefined)
const day = (text: string | undefined) => (text && /^\d{4}-\d\d-\d\d$/.test(text) && dayjs(text).format('YYYY-MM-DD') === text ? text : undefined)
export function questionFrom(asked: Asked): Question {
  const question: Question = {
    from: day(asked.from) && startOf(asked.from!), to: day(asked.to) && startOf(dayAfter(asked.to!)), personId: number(asked.person), organizationId: number(asked.organization),
    operation: asked.operation, entity: asked.entity, recordId: number(asked.record), action: asked.action, result: asked.result && asked.result in RESULTS ? (asked.result as keyof typeof RESULTS) : undefined, words: asked.words,
  }
  return Object.fromEntries(Object.entries(question).filter(([, v]) => v !== undefined)) as Question
}

const options = (words: Readonly<Record<string, string>>) => Object.entries(words).map(([value, label]) => ({ value, label }))

export function SearchBar({ asked, ask }: { asked: Asked; ask: (change: Record<string, string | undefined>) => void }) {
  const words = useCall(trailWords, {}, { staleTime: Infinity })
  const narrow = useNarrow()
  const [all, setAll] = useState(false)
  const [reason, setReason] = useState(asked.words ?? '')
  useEffect(() => setReason(asked.words ?? ''), [asked.words])
  const now = today()
  const presets = useMemo(() => [['今天', 0], ['近 7 天', 6], ['近 30 天', 29], ['近半年', 182]].map(([label, back]) => ({ label: label as string, value: [dayjs(dayBefore(now, back as number)), dayjs(now)] as [dayjs.Dayjs, dayjs.Dayjs] })), [now])
  const any = ['from', 'to', 'person', 'organization', 'operation', 'entity', 'record', 'action', 'result', 'words'].some((k) => asked[k])
  const known = (list: { value: string; label: string }[] | undefined) => (list ?? []).toSorted((a, b) => a.label.localeCompare(b.label, 'zh'))
  return (
    <search className="audit-search">
      <DatePicker.RangePicker aria-label="日期范围" allowEmpty presets={presets} value={[day(asked.from) ? dayjs(asked.from) : null, day(asked.to) ? dayjs(asked.to) : null]}
        onChange={(range) => ask({ from: range?.[0]?.format('YYYY-MM-DD'), to: range?.[1]?.format('YYYY-MM-DD') })} />
      <Named what="person" label="人员" id={number(asked.person)?.toString()} name={asked.personName} onChoose={(id, name) => ask({ person: id, personName: name })} />
      {(!narrow || all) && (
        <>
          <Named what="organization" label="单位" id={number(asked.organization)?.toString()} name={asked.organizationName} onChoose={(id, name) => ask({ organization: id, organizationName: name })} />
          <Select aria-label="动作" placeholder="动作" allowClear value={asked.action} onChange={(v) => ask({ action: v })} options={options(ACTIONS)} showSearch={{ optionFilterProp: 'label' }} style={{ width: 130 }} />
          <Select aria-label="操作" placeholder="操作" allowClear value={asked.operation} onChange={(v) => ask({ operation: v })} options={known(words.data?.operations)} showSearch={{ optionFilterProp: 'label' }} style={{ width: 200 }} popupMatchSelectWidth={320} />
          <Space.Compact>
            <Select aria-label="对象" placeholder="对象" allowClear value={asked.entity} onChange={(v) => ask({ entity: v })} options={known(words.data?.entities)} showSearch={{ optionFilterProp: 'label' }} style={{ width: 160 }} popupMatchSelectWidth={320} />
            <Input aria-label="对象编号" placeholder="编号" inputMode="numeric" style={{ width: 88 }} key={asked.record ?? ''} defaultValue={asked.record} maxLength={15}
              onBlur={(e) => ask({ record: e.target.value.trim() || undefined })} onPressEnter={(e) => ask({ record: e.currentTarget.value.trim() || undefined })} />
          </Space.Compact>
          <Select aria-label="结果" placeholder="结果" allowClear value={asked.result} onChange={(v) => ask({ result: v })} options={options(RESULTS)} style={{ width: 110 }} />
        </>
      )}
      <Input.Search aria-label="事由中的字" placeholder="事由中的字" allowClear maxLength={60} style={{ width: 200 }} value={reason} onChange={(e) => setReason(e.target.value)} onSearch={(v) => ask({ words: v.trim() || undefined })} />
      {narrow && !all && <Button onClick={() => setAll(true)}>更多条件</Button>}
      {any && <Button type="link" onClick={() => ask({ from: undefined, to: undefined, person: undefined, personName: undefined, organization: undefined, organizationName: undefined, operation: undefined, entity: undefined, record: undefined, action: undefined, result: undefined, words: undefined })}>清除条件</Button>}
    </search>
  )
}

/** People and organisations are found by name; the name stays in the address beside the number. */
function Named({ what, label, id, name, onChoose }: { what: 'person' | 'organization'; label: string; id: string | undefined; name: string | undefined; onChoose: (id: string | undefined, name: string | undefined) => void }) {
  const [search, setSearch] = useState('')
  const q = useSettled(search).trim()
  const found = useCall(findInTrail, { what, q }, { enabled: q.length > 0, placeholderData: (before) => before })
  const rows = q ? (found.data?.found ?? []) : []
  const all = [...(id && !rows.some((r) => String(r.id) === id) && !q ? [{ id: Number(id), name: name ?? `编号 ${id}`, detail: null }] : []), ...rows]
  return (
    <Select aria-label={label} placeholder={label} allowClear style={{ width: 180 }} value={id} popupMatchSelectWidth={320} loading={found.isFetching && q.length > 0}
      showSearch={{ onSearch: setSearch, filterOption: false }} notFoundContent={q ? '没有找到' : `输入${label === '人员' ? '姓名' : '名称'}查找`}
      options={all.map((r) => ({ value: String(r.id), label: r.name, detail: r.detail }))} onChange={(v, option) => onChoose(v, v ? (option as unknown as { label: string }).label : undefined)}
      optionRender={(o) => <>{o.data.label}{o.data.detail && <span className="muted">　{o.data.detail}</span>}</>} />
  )
}
