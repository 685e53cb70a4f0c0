/** The workbook that is imported: next year's annual forms, drawn from last year's; and the table as it was before. */
import fs from 'node:fs'
import ExcelJS from 'exceljs'
import pg from 'pg'
import { snake } from '../src/kernel/entity/entity.rules.ts'
import type { Mapping } from '../src/kernel/imports/mapping.rules.ts'
import { annual2025 } from '../src/domains/energy/reports/annual-2025.report.ts'
import { forgetHistory, withClient, type Site } from './data.ts'

export const PERIOD = '2026'
const START = `${PERIOD}-01-01`
export const items = annual2025.items.filter((i) => i.type.kind === 'decimal' || i.type.kind === 'integer')

export interface Workbook {
  path: string
  rows: number
  mapping: Mapping
}

/** Last year's figures, three per cent up: plausible, and not the same two years running. */
export async function writeWorkbook(site: Site, path: string): Promise<Workbook> {
  const mapping: Mapping = { form: 'annual', period: PERIOD, institution: { from: '统一社会信用代码', by: 'uscc' }, columns: Object.fromEntries(items.map((i) => [i.code, i.label])) }
  const columns = items.map((i) => (i.type.kind === 'integer' || i.aggregation !== 'sum' ? `v.${snake(i.code)}` : `round(v.${snake(i.code)} * 1.03, 2)`))
  const found = await withClient(site.connection, (c) => c.query<unknown[]>({
    text: `SELECT o.uscc, o.name, ${columns.join(', ')} FROM energy.annual_2025 v JOIN org.organization o ON o.id = v.organization_id
      WHERE v.period_start = '2025-01-01' AND o.valid_to IS NULL AND o.uscc IS NOT NULL AND coalesce(o.directory_to > DATE '${START}', true) ORDER BY o.id`, rowMode: 'array',
  }))
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: fs.createWriteStream(path), useStyles: false, useSharedStrings: true })
  const sheet = workbook.addWorksheet('年度报表')
  sheet.addRow(['统一社会信用代码', '机构名称', ...items.map((i) => i.label)]).commit()
  for (const [uscc, name, ...values] of found.rows) sheet.addRow([uscc, name, ...values.map((v) => (v === null ? null : Number(v)))]).commit()
  sheet.commit()
  await workbook.commit()
  return { path, rows: found.rows.length, mapping }
}

const FILED = `(SELECT id FROM reports.filing WHERE form = 'energy.annual' AND period_start = '${START}')`

async function clear(c: pg.Client): Promise<void> {
  await c.query('SET session_replication_role = replica')
  for (const table of ['reports.finding', 'reports.review', 'reports.remark', 'energy.annual_2025']) await c.query(`DELETE FROM ${table} WHERE filing_id IN ${FILED}`)
  await forgetHistory(c, `entity = 'energy.annual_2025' AND record_id IN ${FILED}`)
  await c.query(`DELETE FROM reports.filing WHERE form = 'energy.annual' AND period_start = '${START}'`)
  await c.query(`DELETE FROM imports.line WHERE batch_id IN (SELECT id FROM imports.batch WHERE file_name = 'annual-${PERIOD}.xlsx')`)
  await c.query(`DELETE FROM imports.batch WHERE file_name = 'annual-${PERIOD}.xlsx'`)
  await c.query('RESET session_replication_role')
}
export const clearAnnual = (connection: pg.ClientConfig): Promise<void> => withClient(connection, clear)

/** Remembers the year's totals and answers with what puts everything back. */
export async function keepAnnual(connection: pg.ClientConfig): Promise<() => Promise<void>> {
  const tables = { consumption: 'bench_consumption', cube: 'bench_cube' }
  const where = `months = 12 AND period_start = '${START}'`
  await withClient(connection, async (c) => {
    await clear(c)
    for (const [table, kept] of Object.entries(tables)) {
      await c.query(`DROP TABLE IF EXISTS public.${kept}`)
      await c.query(`CREATE TABLE public.${kept} AS SELECT * FROM energy.${table} WHERE ${where}`)
    }
  })
  return () => withClient(connection, async (c) => {
    await clear(c)
    await c.query('SET session_replication_role = replica')
    for (const [table, kept] of Object.entries(tables)) {
      const { rows } = await c.query(`SELECT string_agg(column_name, ', ') AS list FROM information_schema.columns WHERE table_schema = 'energy' AND table_name = $1 AND is_generated = 'NEVER'`, [table])
      await c.query(`DELETE FROM energy.${table} WHERE ${where}`)
      await c.query(`INSERT INTO energy.${table} (${rows[0].list}) SELECT ${rows[0].list} FROM public.${kept}`)
      await c.query(`DROP TABLE public.${kept}`)
    }
    await c.query(`DELETE FROM energy.cube_dirty WHERE ${where}`)
    await c.query('DELETE FROM energy.figure_due')
  })
}
