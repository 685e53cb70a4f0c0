/**
 * A workbook of one sheet, written row by row into a stream: memory stays flat however long the table is. The parts are
 * written here and not by a library, which makes an object of every cell and takes five times as long.
 */
import type { Writable } from 'node:stream'
import { numberFormat, sheetTitle, type OutValue } from './cell-out.ts'
import { columnName } from './intake/sheet.rules.ts'
import { ZipOut } from './zip-out.ts'

export const FONT = '宋体'
const HEADER_FILL = 'FFDCE6F1'
export const FAULT_FILL = 'FFFFC7CE'
/** Characters that go to the packer at once. */
const CHUNK = 1 << 16

export interface SheetShape {
  sheetName: string
  headings: readonly string[]
  widths: readonly (number | undefined)[]
  /** A line over the headings. */
  title?: string
  /** Lines behind the last row. */
  notes?: readonly string[]
}

export interface OutRow {
  values: readonly OutValue[]
  /** Index of cells to be marked as faulty. */
  faults?: ReadonlySet<number>
}

const MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', '\r\n': '\n', '\r': '\n' }
/** XML knows one end of line. */
const escape = (text: string): string => (/[&<>"\r]/.test(text) ? text.replace(/[&<>"]|\r\n?/g, (c) => ESCAPES[c]!) : text)

const HEADER_STYLE = 1
const TITLE_STYLE = 2

/** Looks of cells as they occur: a number format, and whether the cell is marked. */
class Styles {
  private readonly formats: string[] = []
  private readonly looks = new Map<string, number>()
  private readonly xfs: string[] = []

  of(format: string, fault: boolean): number {
    const key = `${format}${fault}`
    let id = this.looks.get(key)
    if (id === undefined) {
      let at = this.formats.indexOf(format)
      if (at < 0) at = this.formats.push(format) - 1
      this.xfs.push(`<xf numFmtId="${164 + at}" fontId="0" fillId="${fault ? 3 : 0}" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"${fault ? ' applyFill="1"' : ''}/>`)
      this.looks.set(key, (id = TITLE_STYLE + this.xfs.length))
    }
    return id
  }

  xml(): string {
    const font = (size: number, bold: boolean) => `<font>${bold ? '<b/>' : ''}<sz val="${size}"/><name val="${FONT}"/><charset val="134"/></font>`
    const fill = (argb: string) => `<fill><patternFill patternType="solid"><fgColor rgb="${argb}"/></patternFill></fill>`
    return `${HEAD}<styleSheet ${MAIN}><numFmts count="${this.formats.length}">${this.formats.map((f, n) => `<numFmt numFmtId="${164 + n}" formatCode="${escape(f)}"/>`).join('')}</numFmts>`.replace('<numFmts count="0"></numFmts>', '') +
      `<fonts count="3">${font(11, false)}${font(11, true)}${font(14, true)}</fonts>` +
      `<fills count="4"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>${fill(HEADER_FILL)}${fill(FAULT_FILL)}</fills>` +
      '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>' +
      `<cellXfs count="${3 + this.xfs.length}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>` +
      '<xf numFmtId="0" fontId="1" fillId="2" borderId="0" xfId="0" applyFont="1" applyFill="1" applyAlignment="1"><alignment vertical="center" wrapText="1"/></xf>' +
      `<xf numFmtId="0" fontId="2" fillId="0" borderId="0" xfId="0" applyFont="1"/>${this.xfs.join('')}</cellXfs>` +
      '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
  }
}

const text = (at: string, value: string, style: number): string => `<c r="${at}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escape(value)}</t></is></c>`
/** Days since 1899-12-30, as spreadsheets count them. */
const serial = (day: Date): number => day.getTime() / 86_400_000 + 25_569

async function* sheetXml(shape: SheetShape, rows: AsyncIterable<OutRow> | Iterable<OutRow>, styles: Styles): AsyncGenerator<string> {
  const headerLine = shape.title ? 2 : 1
  const letters = shape.headings.map((_, i) => columnName(i))
  let xml = `${HEAD}<worksheet ${MAIN}><sheetViews><sheetView workbookViewId="0"><pane ySplit="${headerLine}" topLeftCell="A${headerLine + 1}" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>`
  if (shape.widths.length) xml += `<cols>${shape.widths.map((w, i) => `<col min="${i + 1}" max="${i + 1}" width="${w ?? 16}" customWidth="1"/>`).join('')}</cols>`
  xml += '<sheetData>'
  if (shape.title) xml += `<row r="1">${text('A1', shape.title, TITLE_STYLE)}</row>`
  xml += `<row r="${headerLine}">${shape.headings.map((h, i) => text(`${letters[i]}${headerLine}`, h, HEADER_STYLE)).join('')}</row>`
  let line = headerLine
  for await (const { values, faults } of rows) {
    line++
    xml += `<row r="${line}">`
    for (let i = 0; i < values.length; i++) {
      const value = values[i] ?? null
      const fault = faults?.has(i) ?? false
      const at = `${letters[i] ?? columnName(i)}${line}`
      if (value === null) xml += fault ? `<c r="${at}" s="${styles.of('@', true)}"/>` : ''
      else if (typeof value === 'number') xml += `<c r="${at}" s="${styles.of(numberFormat(String(value)), fault)}"><v>${value}</v></c>`
      else if (value instanceof Date) xml += `<c r="${at}" s="${styles.of('yyyy-mm-dd', fault)}"><v>${serial(value)}</v></c>`
      else xml += text(at, value, styles.of('@', fault))
    }
    xml += '</row>'
    if (xml.length > CHUNK) {
      yield xml
      xml = ''
    }
  }
  const lastRow = line
  for (const note of shape.notes ?? []) xml += `<row r="${++line}">${text(`A${line}`, note, 0)}</row>`
  xml += '</sheetData>'
  if (letters.length && lastRow > headerLine) xml += `<autoFilter ref="A${headerLine}:${letters.at(-1)}${lastRow}"/>`
  yield `${xml}</worksheet>`
}

export async function streamSheet(stream: Writable, shape: SheetShape, rows: AsyncIterable<OutRow> | Iterable<OutRow>): Promise<void> {
  const zip = new ZipOut(stream)
  const styles = new Styles()
  const type = (part: string, kind: string) => `<Override PartName="${part}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.${kind}+xml"/>`
  await zip.add('[Content_Types].xml', [`${HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>${type('/xl/workbook.xml', 'sheet.main')}${type('/xl/worksheets/sheet1.xml', 'worksheet')}${type('/xl/styles.xml', 'styles')}</Types>`])
  const relations = (...list: [string, string][]) => [`${HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">${list.map(([kind, target], n) => `<Relationship Id="rId${n + 1}" Type="${RELATION}/${kind}" Target="${target}"/>`).join('')}</Relationships>`]
  await zip.add('_rels/.rels', relations(['officeDocument', 'xl/workbook.xml']))
  await zip.add('xl/_rels/workbook.xml.rels', relations(['worksheet', 'worksheets/sheet1.xml'], ['styles', 'styles.xml']))
  await zip.add('xl/workbook.xml', [`${HEAD}<workbook ${MAIN} xmlns:r="${RELATION}"><sheets><sheet name="${escape(sheetTitle(shape.sheetName))}" sheetId="1" r:id="rId1"/></sheets></workbook>`])
  await zip.add('xl/worksheets/sheet1.xml', sheetXml(shape, rows, styles))
  await zip.add('xl/styles.xml', [styles.xml()])
  await zip.end()
}
