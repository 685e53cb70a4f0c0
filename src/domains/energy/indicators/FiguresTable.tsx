/** Figures as a plain table: numbers right, units in the head, each figure a link to what is behind it. */
import type { ReactNode } from 'react'
import { Behind } from './Behind.tsx'
import type { Slice } from './slice.web.ts'

export interface Cell {
  text: string
  /** Laid over the slice: opens the institutions behind the cell. */
  behind?: Record<string, string | undefined>
  show?: ReactNode
}
/** `sum`: what the rows under it come to, which are its `part`s; the total counts only these. */
export interface Figures {
  columns: readonly { heading: string; unit?: string; words?: boolean }[]
  rows: readonly { key: string; cells: readonly Cell[]; total?: boolean; sum?: boolean; part?: boolean }[]
}

export function FiguresTable({ figures, slice, caption, dense }: { figures: Figures; slice: Slice; caption: string; dense?: boolean }) {
  const { columns, rows } = figures
  return (
    <div className={dense ? 'figures-scroll is-low' : 'figures-scroll'} tabIndex={0} role="region" aria-label={caption}>
      <table className="figures">
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>{columns.map((c) => <th key={c.heading} scope="col" className={c.words ? undefined : 'number'}>{c.heading}{c.unit && <small>{c.unit}</small>}</th>)}</tr>
        </thead>
        <tbody>
          {rows.map((r) => (
            <tr key={r.key} className={r.total ? 'is-total' : r.sum ? 'is-sum' : r.part ? 'is-part' : undefined}>
              {r.cells.map((cell, i) => {
                const inside = cell.behind ? <Behind slice={slice} change={cell.behind}>{cell.show ?? cell.text}</Behind> : (cell.show ?? cell.text)
                return i === 0 ? <th key={columns[i]!.heading} scope="row">{inside}</th> : <td key={columns[i]!.heading} className={columns[i]!.words ? undefined : 'number'}>{inside}</td>
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
