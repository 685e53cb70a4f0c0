import { memo } from 'react'

interface Props {
  row: number
  column: number
  /** For reading, grouped. */
  shown: string
  /** For editing, as stored. */
  text: string
  /** Names the cell for those who do not see the table. */
  label: string
  active: boolean
  chosen: boolean
  locked: boolean
  tone?: 'hard' | 'soft' | 'explained' | 'remark' | 'waiting' | 'given'
  /** Said after the label: what is wrong here. */
  note?: string
  describedBy?: string
}

/** One cell of a statutory grid. Only the active one holds an input. */
export const GridCell = memo(function GridCell({ row, column, shown, text, label, active, chosen, locked, tone, note, describedBy }: Props) {
  const names = ['grid-cell', tone && `is-${tone}`, active && 'is-active', chosen && 'is-chosen', locked && 'is-locked'].filter(Boolean).join(' ')
  return (
    <td className={names} data-cell={`${row}:${column}`} title={active ? undefined : note}>
      {active ? (
        <input
          key={text} className="grid-input" defaultValue={locked ? shown : text} readOnly={locked} inputMode="decimal" autoComplete="off" spellCheck={false}
          aria-label={note ? `${label}。${note}` : label} aria-invalid={tone === 'hard' || undefined} aria-describedby={describedBy}
        />
      ) : (
        <span className="grid-text">{shown}</span>
      )}
    </td>
  )
})
