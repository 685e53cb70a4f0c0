/** Builders of the files that the tests read: real workbooks, and the broken and hostile ones nobody saves by hand. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, zipSync, type Zippable } from 'fflate'
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

export const NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const R = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'

export interface Raw {
  /** Inside of sheetData. */
  rows?: string
  /** Behind sheetData. */
  after?: string
  date1904?: boolean
  styles?: string
  sharedStrings?: string
  sheet?: string
  extra?: Record<string, string | Uint8Array>
  doctype?: string
}

/** A minimal workbook from raw XML. */
export function workbook(raw: Raw): Uint8Array {
  const parts: Record<string, string | Uint8Array> = {
    '[Content_Types].xml': '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="a" Type="${R}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook ${NS} xmlns:r="${R}"><workbookPr${raw.date1904 ? ' date1904="1"' : ''}/><sheets><sheet name="数据" sheetId="1" r:id="s"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="s" Type="${R}/worksheet" Target="worksheets/sheet1.xml"/>${raw.styles ? `<Relationship Id="y" Type="${R}/styles" Target="styles.xml"/>` : ''}${raw.sharedStrings ? `<Relationship Id="t" Type="${R}/sharedStrings" Target="sharedStrings.xml"/>` : ''}</Relationships>`,
    'xl/worksheets/sheet1.xml': raw.sheet ?? `${raw.doctype ?? ''}<worksheet ${NS}><sheetData>${raw.rows ?? ''}</sheetData>${raw.after ?? ''}</worksheet>`,
    ...(raw.styles ? { 'xl/styles.xml': `<styleSheet ${NS}>${raw.styles}</styleSheet>` } : {}),
    ...(raw.sharedStrings ? { 'xl/sharedStrings.xml': `<sst ${NS}>${raw.sharedStrings}</sst>` } : {}),
    ...raw.extra,
  }
  const files: Zippable = {}
  for (const [name, text] of Object.entries(parts)) files[name] = typeof text === 'string' ? strToU8(text) : text
  return zipSync(files)
}

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
