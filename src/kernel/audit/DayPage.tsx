/** A person's day: what they did, hour by hour, and what was refused to them. */
import { Button, DatePicker } from 'antd'
import dayjs from 'dayjs'
import { useState } from 'react'
import { useAddress, useAsked } from '../ui/address.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useCall } from '../ui/queries.web.ts'
import { EmptyState, Loaded } from '../ui/states.tsx'
import { personDay, type EntryRow } from './audit.contract.ts'
import { EntryDrawer } from './EntryDrawer.tsx'
import { deedText, ResultTag, Subject } from './EntryWords.tsx'
import { clockText } from './words.web.ts'
import '../registers/registers.css'
import './audit.css'

export default function DayPage() {
  const { id } = useAddress()
  const [asked, ask] = useAsked()
  const [open, setOpen] = useState<number>()
  const day = useCall(personDay, { personId: Number(id), day: /^\d{4}-\d\d-\d\d$/.test(asked.day ?? '') ? asked.day : undefined }, { placeholderData: (before) => before })
  return (
    <>
      <Loaded of={day} page>
        {(data) => (
          <>
            <PageHeader title={`${data.personName ?? `人员 ${id}`} 的一天`} note={`${data.day}，${data.entries.length}${data.more ? ' 条以上' : ' 条'}${data.addresses.length ? `，来自 ${data.addresses.join('、')}` : ''}`}
              back={{ to: '/audit', label: '审计查询', search: { person: id, ...(data.personName ? { personName: data.personName } : {}) } }}
              actions={
                <>
                  <Button disabled={!data.before} onClick={() => ask({ day: data.before! })}>前一次</Button>
                  <DatePicker aria-label="日期" allowClear={false} value={dayjs(data.day)} onChange={(d) => ask({ day: d?.format('YYYY-MM-DD') })} />
                  <Button disabled={!data.after} onClick={() => ask({ day: data.after! })}>后一次</Button>
                </>
              } />
            <section className="panel" aria-label="当天的操作">
              {data.entries.length === 0 ? <EmptyState title="这一天没有操作" hint="“前一次”“后一次”跳到最近有操作的日子。" /> : (
                <>
                  {hours(data.entries).map(([hour, entries]) => (
                    <section key={hour} className="day-hour" aria-label={`${hour} 时`}>
                      <h2>{hour}:00<span className="muted">　{entries.length} 条</span></h2>
                      <ol>
                        {entries.map((e) => (
                          <li key={e.id}>
                            <button type="button" className="text-button code" onClick={() => setOpen(e.id)}>{clockText(e.at)}</button>
                            <span className="day-what">{e.kind === 'change' && e.action !== 'create' ? e.actionLabel : deedText(e)}{e.entity && <>　<Subject entry={e} /></>}{e.fields.length > 0 && <span className="muted">　{e.fields.slice(0, 4).join('、')}</span>}</span>
                            {e.result !== 'done' && <ResultTag entry={e} />}
                          </li>
                        ))}
                      </ol>
                    </section>
                  ))}
                  {data.more && <p className="muted">这一天的操作太多，只列出最早的 {data.entries.length} 条；其余请在审计查询中按时间查。</p>}
                </>
              )}
            </section>
          </>
        )}
      </Loaded>
      {open !== undefined && <EntryDrawer id={open} onClose={() => setOpen(undefined)} />}
    </>
  )
}

const hours = (entries: readonly EntryRow[]): [string, EntryRow[]][] => [...Map.groupBy(entries, (e) => clockText(e.at).slice(0, 2))]
