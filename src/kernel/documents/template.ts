/** The workbook to fill in: headings with required marks, drop-down lists, and a sheet that explains each column. */
import type ExcelJS from 'exceljs'
import type { Writable } from 'node:stream'
import { headingOf, safeText, sheetTitle } from './cell-out.ts'
import { FONT } from './sheet-stream.ts'
import { columnName } from './intake/sheet.rules.ts'

export interface TemplateColumn {
  key: string
  heading: string
  unit?: string
  kind: 'text' | 'number' | 'date' | 'choice' | 'yesNo'
  required?: boolean
  /** Labels to choose from. */
  choices?: readonly string[]
  help?: string
  example?: string
  width?: number
}

export interface Template {
  sheetName: string
  columns: readonly TemplateColumn[]
  /** Sentences above the table of columns on the instruction sheet. */
  instructions?: readonly string[]
  /** Rows for which lists and formats are prepared. */
  rows?: number
}

const INSTRUCTIONS = '填写说明'
const CHOICES = '选项'
const KIND_LABEL = {
  text: '文字',
  number: '数字',
  date: '日期，如 2026-11-23',
  choice: '从下拉列表中选择',
  yesNo: '是 / 否',
} as const
const REQUIRED_FILL = 'FFFFE699'
const OPTIONAL_FILL = 'FFDCE6F1'

export async function writeTemplate(stream: Writable, template: Template): Promise<void> {
  // Loaded with the first template: forty megabytes that a platform at rest does without.
  const { default: Excel } = await import('exceljs')
  const workbook = new Excel.Workbook()
  const sheet = workbook.addWorksheet(sheetTitle(template.sheetName), {
    views: [{ state: 'frozen', ySplit: 1 }],
  })
  const choices = workbook.addWorksheet(CHOICES, { state: 'veryHidden' })
  const lastRow = (template.rows ?? 2000) + 1
  sheet.columns = template.columns.map((c) => ({
    width: c.width ?? Math.max(12, [...headingOf(c)].length * 2 + 4),
    style: {
      font: { name: FONT, size: 11 },
      numFmt: c.kind === 'date' ? 'yyyy-mm-dd' : c.kind === 'number' ? 'General' : '@',
    },
  }))
  const header = sheet.addRow(
    template.columns.map((c) => safeText(`${headingOf(c)}${c.required ? '*' : ''}`)),
  )
  template.columns.forEach((c, i) => {
    const cell = header.getCell(i + 1)
    cell.numFmt = '@'
    cell.font = { name: FONT, size: 11, bold: true }
    cell.fill = {
      type: 'pattern',
      pattern: 'solid',
      fgColor: { argb: c.required ? REQUIRED_FILL : OPTIONAL_FILL },
    }
    cell.alignment = { vertical: 'middle', wrapText: true }
    if (c.help) cell.note = { texts: [{ text: safeText(c.help) }] }
    const list = c.kind === 'yesNo' ? ['是', '否'] : (c.choices ?? [])
    if (list.length === 0) return
    // From a sheet of its own: a list written into the rule may not exceed 255 characters.
    list.forEach((label, row) => (choices.getCell(row + 1, i + 1).value = safeText(label)))
    const name = columnName(i)
    const rule: ExcelJS.DataValidation = {
      type: 'list',
      allowBlank: !c.required,
      showErrorMessage: true,
      errorTitle: '请从列表中选择',
      error: `“${c.heading}”只能填列表中的值。`,
      formulae: [`${CHOICES}!$${name}$1:$${name}$${list.length}`],
    }
    const validations = (
      sheet as unknown as { dataValidations: { add(range: string, rule: ExcelJS.DataValidation): void } }
    ).dataValidations
    validations.add(`${name}2:${name}${lastRow}`, rule)
  })
  addInstructions(workbook, template)
  await workbook.xlsx.write(stream as never)
  stream.end()
}

function addInstructions(workbook: ExcelJS.Workbook, template: Template): void {
  const sheet = workbook.addWorksheet(INSTRUCTIONS)
  sheet.columns = [24, 8, 24, 60, 24].map((width) => ({ width, style: { font: { name: FONT, size: 11 } } }))
  const sentences = template.instructions ?? [
    `请在“${sheetTitle(template.sheetName)}”表中填写，每行一条，不要改动表头。`,
    '黄色、带 * 的列必须填写；没有的数据请留空，不要填 0。',
    '填好后直接上传；有问题的行会标出原因和改法，改好后可再次上传。',
  ]
  for (const sentence of sentences) sheet.addRow([safeText(sentence)])
  sheet.addRow([])
  sheet.addRow(['列名', '必填', '填写方式', '说明', '示例']).font = { name: FONT, size: 11, bold: true }
  for (const c of template.columns) {
    const row = sheet.addRow(
      [headingOf(c), c.required ? '是' : '', KIND_LABEL[c.kind], c.help ?? '', c.example ?? ''].map(safeText),
    )
    row.alignment = { wrapText: true, vertical: 'top' }
  }
}
