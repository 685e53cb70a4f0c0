/**
 * The keyboard of a spreadsheet over any table. Only the active cell holds an input, always ready: typing replaces,
 * F2 or a double click edits, arrows and Enter move, blocks are copied and pasted. One set of handlers stands on
 * the table; cells carry `data-cell="row:column"` and know nothing.
 */
import { useLayoutEffect, useRef, useState, type ClipboardEvent, type FocusEvent, type KeyboardEvent, type MouseEvent } from 'react'
import { blockFrom, blockText } from './cell-text.web.ts'

export interface Position {
  row: number
  column: number
}
export interface TypedCell extends Position {
  text: string
}
export interface GridSpec {
  rows: number
  columns: number
  /** Text to edit and to copy. */
  text: (row: number, column: number) => string
  locked: (row: number, column: number) => boolean
  /** One act of the person: one step to undo. */
  change: (cells: TypedCell[]) => void
  pasted?: (report: { cells: TypedCell[]; locked: number; outside: number }) => void
  undo: () => void
  redo: () => void
}

const between = (a: number, b: number, x: number) => x >= Math.min(a, b) && x <= Math.max(a, b)

export function useGrid(spec: GridSpec) {
  const table = useRef<HTMLTableElement>(null)
  const [active, setActive] = useState<Position>({ row: 0, column: 0 })
  const [anchor, setAnchor] = useState<Position>({ row: 0, column: 0 })
  // `ready`: the whole text is selected and the next key replaces it; `caret`: the arrows move inside the text.
  const mode = useRef<'ready' | 'typing' | 'caret'>('ready')
  const [wanted, want] = useState(0)
  // Where a run of Tabs began: Enter goes back there in the next row, as in a spreadsheet.
  const began = useRef<number | null>(null)

  const input = () => table.current?.querySelector<HTMLInputElement>('input.grid-input') ?? null

  useLayoutEffect(() => {
    if (!wanted) return
    const field = input()
    field?.focus({ preventScroll: true })
    field?.select()
    field?.closest('td')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    mode.current = 'ready'
  }, [wanted])

  const clamp = (p: Position): Position => ({ row: Math.max(0, Math.min(spec.rows - 1, p.row)), column: Math.max(0, Math.min(spec.columns - 1, p.column)) })
  const goTo = (to: Position, extend = false, run: number | null = null) => {
    const next = clamp(to)
    began.current = run
    setActive(next)
    if (!extend) setAnchor(next)
    want((n) => n + 1)
  }
  const ready = () => {
    mode.current = 'ready'
    input()?.select()
  }
  /** Writes what stands in the input. */
  const commit = () => {
    const field = input()
    const before = spec.text(active.row, active.column)
    if (field && field.value !== before && !spec.locked(active.row, active.column)) spec.change([{ ...active, text: field.value }])
    mode.current = 'ready'
  }
  const range = () => ({
    top: Math.min(active.row, anchor.row), bottom: Math.max(active.row, anchor.row),
    left: Math.min(active.column, anchor.column), right: Math.max(active.column, anchor.column),
  })
  const each = (make: (p: Position) => string | null): TypedCell[] => {
    const { top, bottom, left, right } = range()
    const cells: TypedCell[] = []
    for (let row = top; row <= bottom; row++)
      for (let column = left; column <= right; column++) {
        const text = make({ row, column })
        if (text !== null && !spec.locked(row, column)) cells.push({ row, column, text })
      }
    return cells
  }
  const clear = () => {
    const cells = each(({ row, column }) => (spec.text(row, column) ? '' : null))
    if (cells.length) spec.change(cells)
    want((n) => n + 1)
  }

  const onKeyDown = (e: KeyboardEvent) => {
    if (!(e.target instanceof HTMLInputElement) || !e.target.classList.contains('grid-input') || e.nativeEvent.isComposing) return
    const { row, column } = active
    const move = (rows: number, columns: number, extend = false) => {
      e.preventDefault()
      commit()
      goTo({ row: row + rows, column: column + columns }, extend)
    }
    const control = e.ctrlKey || e.metaKey
    const key = control ? `ctrl ${e.key.toLowerCase()}` : e.key
    const still = mode.current === 'ready'
    switch (key) {
      case 'ArrowUp': return move(-1, 0, e.shiftKey && still)
      case 'ArrowDown': return move(1, 0, e.shiftKey && still)
      case 'ArrowLeft': return mode.current !== 'caret' && spec.columns > 1 ? move(0, -1, e.shiftKey && still) : undefined
      case 'ArrowRight': return mode.current !== 'caret' && spec.columns > 1 ? move(0, 1, e.shiftKey && still) : undefined
      case 'PageUp': return move(-10, 0)
      case 'PageDown': return move(10, 0)
      case 'Enter': return move(e.shiftKey ? -1 : 1, (began.current ?? column) - column)
      case 'ctrl enter': {
        // To the reason that is asked for under this row, where there is one.
        const reason = table.current?.querySelector(`tr:has([data-cell="${row}:${column}"]) + .finding-row`)?.querySelector('textarea')
        e.preventDefault()
        commit()
        return reason?.focus()
      }
      case 'Tab': {
        const step = row * spec.columns + column + (e.shiftKey ? -1 : 1)
        commit()
        // From the last cell on, the key leaves the table.
        if (step < 0 || step >= spec.rows * spec.columns) return
        e.preventDefault()
        return goTo({ row: Math.floor(step / spec.columns), column: step % spec.columns }, false, began.current ?? column)
      }
      case 'Home': return still ? move(0, -column) : undefined
      case 'End': return still ? move(0, spec.columns - 1 - column) : undefined
      case 'ctrl home': return move(-row, -column)
      case 'ctrl end': return move(spec.rows - 1 - row, spec.columns - 1 - column)
      case 'Escape': {
        e.preventDefault()
        e.target.value = spec.text(row, column)
        setAnchor(active)
        return ready()
      }
      case 'F2': {
        e.preventDefault()
        mode.current = 'caret'
        return e.target.setSelectionRange(e.target.value.length, e.target.value.length)
      }
      case 'Delete': case 'Backspace': {
        if (!still) return
        e.preventDefault()
        return clear()
      }
      case 'ctrl z': case 'ctrl y': {
        if (!still) return
        e.preventDefault()
        if (key === 'ctrl y' || e.shiftKey) spec.redo()
        else spec.undo()
        return want((n) => n + 1)
      }
      case 'ctrl a': {
        if (!still) return
        e.preventDefault()
        setAnchor({ row: 0, column: 0 })
        setActive({ row: spec.rows - 1, column: spec.columns - 1 })
        return want((n) => n + 1)
      }
    }
  }

  const onInput = () => {
    if (mode.current === 'ready') mode.current = 'typing'
  }
  const cellAt = (target: EventTarget): Position | null => {
    const at = (target as HTMLElement).closest<HTMLElement>('[data-cell]')?.dataset.cell?.split(':').map(Number)
    return at ? { row: at[0]!, column: at[1]! } : null
  }
  const onMouseDown = (e: MouseEvent) => {
    if ((e.target as HTMLElement).closest('button, a, textarea, label')) return
    const at = cellAt(e.target)
    if (!at || e.button !== 0) return
    if (at.row === active.row && at.column === active.column) {
      // As in a spreadsheet: a double click edits, a single one leaves the cell ready to be overwritten.
      if (e.detail > 1) mode.current = 'caret'
      else if (mode.current === 'ready' || document.activeElement !== input()) {
        e.preventDefault()
        goTo(at)
      }
      return
    }
    e.preventDefault()
    commit()
    goTo(at, e.shiftKey)
  }
  const onMouseOver = (e: MouseEvent) => {
    const at = e.buttons === 1 && mode.current === 'ready' ? cellAt(e.target) : null
    if (at && document.activeElement === input()) {
      setActive(at)
      want((n) => n + 1)
    }
  }
  const onBlur = (e: FocusEvent) => {
    if (e.target instanceof HTMLInputElement && e.target.classList.contains('grid-input')) commit()
  }
  const onCopy = (e: ClipboardEvent, cut = false) => {
    if (mode.current === 'caret') return
    e.preventDefault()
    const { top, bottom, left, right } = range()
    const rows = Array.from({ length: bottom - top + 1 }, (_, r) => Array.from({ length: right - left + 1 }, (_c, c) => spec.text(top + r, left + c)))
    e.clipboardData.setData('text/plain', blockText(rows))
    if (cut) clear()
  }
  const onPaste = (e: ClipboardEvent) => {
    const text = e.clipboardData.getData('text/plain')
    if (mode.current === 'caret' && !/[\t\n]/.test(text)) return
    e.preventDefault()
    const block = blockFrom(text)
    const { top, left, bottom, right } = range()
    // One value into a chosen range fills it.
    const single = block.length === 1 && block[0]!.length === 1
    const height = single ? bottom - top + 1 : block.length
    const width = single ? right - left + 1 : Math.max(...block.map((r) => r.length))
    const cells: TypedCell[] = []
    let [locked, outside] = [0, 0]
    for (let r = 0; r < height; r++)
      for (let c = 0; c < width; c++) {
        const value = single ? block[0]![0]! : block[r]![c]
        if (value === undefined) continue
        const [row, column] = [top + r, left + c]
        if (row >= spec.rows || column >= spec.columns) outside += value.trim() ? 1 : 0
        else if (spec.locked(row, column)) locked++
        else cells.push({ row, column, text: value })
      }
    if (cells.length) spec.change(cells)
    setAnchor({ row: top, column: left })
    setActive(clamp({ row: top + height - 1, column: left + width - 1 }))
    want((n) => n + 1)
    spec.pasted?.({ cells, locked, outside })
  }

  return {
    active, goTo,
    isActive: (row: number, column: number) => active.row === row && active.column === column,
    isChosen: (row: number, column: number) => between(active.row, anchor.row, row) && between(active.column, anchor.column, column) && (active.row !== anchor.row || active.column !== anchor.column),
    /** For the table element. */
    on: { ref: table, onKeyDown, onInput, onMouseDown, onMouseOver, onBlur, onPaste, onCopy: (e: ClipboardEvent) => onCopy(e), onCut: (e: ClipboardEvent) => onCopy(e, true) },
  }
}
