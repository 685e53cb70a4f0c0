/** Green, amber, red: a shape and words, the colour comes on top. */
import { COLOURS, type Colour } from './standing.rules.ts'

const SHAPES: Record<Colour, string> = { green: 'M8 1.5a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13', amber: 'M8 1 15.5 14.5H.5z', red: 'M2 2h12v12H2z' }

export function Signal({ colour, note }: { colour: Colour | null | undefined; note?: string }) {
  if (!colour) return <span className="signal is-none">{note ?? '未定目标'}</span>
  return (
    <span className={`signal is-${colour}`}>
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden focusable="false"><path d={SHAPES[colour]} fill="currentColor" /></svg>
      {note ?? COLOURS[colour]}
    </span>
  )
}
