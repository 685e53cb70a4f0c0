/**
 * C40: what people typed leaves as text and comes back as text, in a workbook and in a CSV; no program that opens it
 * finds a formula. Where LibreOffice is installed, it is asked; our own reader and exceljs are asked always.
 */
import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Writable } from 'node:stream'
import ExcelJS from 'exceljs'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { csvCell } from './csv-out.ts'
import { plainText } from './intake/csv-rows.ts'
import { folder, readAll, removeFolder, texts } from './intake/test-files.ts'
import { writeCsv, writeTable } from './workbook-out.ts'

afterAll(removeFolder)
const HOSTILE = [
  `=cmd|' /C calc'!A0`, '=HYPERLINK("http://127.0.0.1:9/?"&A1,"点这里")', '=1+1', '+1+1', '-1+1', '@SUM(A1:A9)', '\t=1+1', '\r=1+1', ' =1+1', '＝1+1', '＋1', '－1+1', '＠SUM(A1)', '\u0000=1+1',
  "'=1+1", "''=1+1", '=DDE("cmd";"/C calc";"x")', '{=1+1}', '"=1+1', '=1+1;=2+2', '=WEBSERVICE("http://127.0.0.1:9")', '-', '=', '+86-23-6389', '甲公司', "'", '-5', '007', '1e5', '2026-03-01', '<f>1+1</f>', ']]><f>1</f>',
]
/** Control characters have no place in a workbook, the end of a line has one way of being written. */
const expected = (text: string) => text.replaceAll('\u0000', '').replaceAll('\r', '\n')
const columns = [{ key: 'text', heading: '文字' }, { key: 'number', heading: '数', kind: 'number' as const }]
const rows = HOSTILE.map((text, i) => ({ text, number: i % 2 ? `-${i}.5` : null }))
let n = 0
async function written(extension: string, write: (stream: Writable) => Promise<void>): Promise<string> {
  const path = join(folder, `escape${n++}.${extension}`)
  await write(createWriteStream(path))
  return path
}
const workbook = () => written('xlsx', (s) => writeTable(s, { sheetName: '=1+1', columns, rows, title: '=1+1', notes: ['=1+1'] }))
const csv = () => written('csv', (s) => writeCsv(s, { columns, rows }))

describe('a workbook', () => {
  test('has typed texts and numbers, by our reader and by exceljs', async () => {
    const path = await workbook()
    const { all } = await readAll(path)
    expect(all.slice(2, -1).map((r) => texts(r)[0])).toEqual(HOSTILE.map(expected))
    const book = new ExcelJS.Workbook()
    await book.xlsx.readFile(path)
    const found: unknown[] = []
    book.worksheets[0]!.eachRow((row) => row.eachCell((cell) => {
      expect(cell.formula, String(cell.value)).toBeUndefined()
      found.push(cell.value)
    }))
    for (const text of HOSTILE) expect(found).toContain(expected(text))
    for (const row of rows) if (row.number) expect(found).toContain(Number(row.number))
  })
})
describe('a CSV', () => {
  test('guards what a program might run, numbers and plain words it leaves alone', async () => {
    const lines = readFileSync(await csv(), 'utf8')
    for (const cell of lines.slice(1).split('\r\n').flatMap((l) => l.split(',')).map((c) => c.replace(/^"|"$/g, ''))) expect(cell.replace(/""/g, '"'), cell).not.toMatch(/^[\s\u0000]*[=+@\t\r＝＋－＠]/)
    expect(csvCell('-5.5', 'number')).toBe('-5.5')
    expect(csvCell('-5', 'text')).toBe("'-5")
    expect(csvCell('甲公司')).toBe('甲公司')
  })
  test('gives back what was typed, whatever that was', async () => {
    const { all } = await readAll(await csv())
    expect(all.slice(1).map((r) => texts(r)[0])).toEqual(HOSTILE.map((t) => t.replaceAll('\u0000', '')))
    fc.assert(fc.property(fc.stringMatching(/^['=+\-@＝＋－＠ \t甲a1]{0,8}$/), (text) => {
      const cell = csvCell(text)
      const bare = cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell
      expect(plainText(bare)).toBe(text)
    }))
  })
})

const soffice = ['/usr/bin/soffice', '/usr/bin/libreoffice'].find((p) => existsSync(p))
test.skipIf(!soffice)('LibreOffice finds texts, no formula (only where it is installed)', async () => {
  const home = mkdtempSync(join(tmpdir(), 'gongxie-office-'))
  try {
    for (const [path, filter] of [[await workbook(), []], [await csv(), ['--infilter=CSV:44,34,76,1']]] as const) {
      const run = spawnSync(soffice!, [`-env:UserInstallation=file://${home}/profile`, '--headless', '--norestore', ...filter, '--convert-to', 'fods', '--outdir', home, path], { timeout: 110_000, env: { ...process.env, HOME: home } })
      expect(run.status, String(run.stderr)).toBe(0)
      const flat = readFileSync(join(home, basename(path).replace(/\.\w+$/, '.fods')), 'utf8')
      expect(flat).not.toContain('table:formula')
      const shown = flat.replace(/<text:s(?: text:c="(\d+)")?\/>/g, (_, c: string | undefined) => ' '.repeat(Number(c ?? 1))).replace(/<text:tab\/>/g, '\t').replace(/<\/?text:(a|span)[^>]*>/g, '')
        .replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&apos;', "'").replaceAll('&amp;', '&')
      // In a CSV a program takes figures and days for what they look like; that is no danger, and no secret.
      const plain = HOSTILE.filter((t) => !/[\t\r\u0000]/.test(t) && t.trim() === t && (path.endsWith('xlsx') || !/^[\de-]+$/.test(t)))
      for (const text of plain) expect(shown.includes(text), text).toBe(true)
    }
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}, 240_000)
