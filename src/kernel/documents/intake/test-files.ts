/** Builders of the files that the tests read: real workbooks, and the broken and hostile ones nobody saves by hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openTable, type OpenedTable, type OpenOptions } from './open-table.ts'
import type { SheetRow } from './sheet.rules.ts'

export const folder = mkdtempSync(join(tmpdir(), 'intake-'))
export const removeFolder = (): void => rmSync(folder, { recursive: true, force: true })

let count = 0
export function put(name: string, bytes: Uint8Array | string): string {
  const path = join(folder, `${count++}-${name}`)
  writeFileSync(path, bytes)
  return path
}

export { NS, workbook, type Raw } from './hostile-corpus.ts'

export interface ReadAll extends Pick<OpenedTable, 'format' | 'sheet' | 'sheetNames' | 'date1904' | 'encoding' | 'delimiter'> {
  all: SheetRow[]
}
export async function readAll(path: string, options: Partial<OpenOptions> = {}): Promise<ReadAll> {
  const table = await openTable(path, { fileName: path, ...options })
  const all: SheetRow[] = []
  for await (const batch of table.rows()) all.push(...batch)
  return { ...table, all }
}

/** Texts of a row; null stays null. */
export const texts = (row: SheetRow | undefined): (string | null)[] => row?.cells.map((c) => c?.text ?? null) ?? []

export const codeOf = async (path: string, options: Partial<OpenOptions> = {}): Promise<string> => {
  try {
    await readAll(path, options)
    return 'read'
  } catch (error) {
    return (error as { body?: { code: string } }).body?.code ?? String(error)
  }
}
