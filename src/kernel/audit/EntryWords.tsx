/** Parts of a line of the trail that several pages show: its result, on what it was, what it changed. */
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import { NONE } from '../ui/text.web.ts'
import type { EntryRow, FullEntry } from './audit.contract.ts'
import { RESULTS } from './words.rules.ts'

const COLOURS = { done: 'default', refused: 'warning', failed: 'error' } as const

export function ResultTag({ entry }: { entry: EntryRow }) {
  if (entry.result === 'done') return <span className="muted">{RESULTS.done}</span>
  return <Tag color={COLOURS[entry.result]} style={{ whiteSpace: 'normal' }}>{RESULTS[entry.result]}{entry.codeLabel && `：${entry.codeLabel}`}</Tag>
}

/** Most kinds of acts are told by their operation; where both say the same, once is enough. */
export const deedText = (e: EntryRow): string => (e.actionLabel === e.operationLabel ? e.actionLabel : `${e.actionLabel}　${e.operationLabel}`)
export function Deed({ entry: e }: { entry: EntryRow }) {
  return <>{e.actionLabel}{e.actionLabel !== e.operationLabel && <div className="muted audit-second">{e.operationLabel}</div>}</>
}

/** The record, with the way to its life. */
export function Subject({ entry }: { entry: EntryRow }) {
  if (!entry.entity) return <span className="muted">{NONE}</span>
  const words = `${entry.entityLabel} ${entry.recordName ?? (entry.recordId === null ? '' : `编号 ${entry.recordId}`)}`
  return entry.recordId === null ? <>{words}</> : <Link to={`/audit/records/${entry.recordId}`} search={{ entity: entry.entity } as never}>{words}</Link>
}

export function Actor({ entry }: { entry: EntryRow }) {
  return entry.personId === null ? <>{entry.personName}</> : <Link to={`/audit/people/${entry.personId}`}>{entry.personName}</Link>
}

/** What was changed from what to what; a deleted record has no after. */
export function Changes({ entry }: { entry: FullEntry }) {
  if (!entry.changes.length) return null
  const deleted = entry.action === 'delete'
  return (
    <table className="change-table">
      <thead><tr><th scope="col">栏目</th><th scope="col">{deleted ? '删除前的内容' : '改动前'}</th>{!deleted && <th scope="col">改动后</th>}</tr></thead>
      <tbody>
        {entry.changes.map((c) => (
          <tr key={c.field}>
            <th scope="row">{c.label}</th>
            <td className={deleted || c.before === null ? undefined : 'change-old'}>{c.before ?? NONE}</td>
            {!deleted && <td>{c.after ?? NONE}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
