/**
 * The lower bound: a bare Fastify handler with pg, the same SQL, a pool of the same size; no session, no rights, no
 * validation, no repetition keys. It connects as the owner of the tables, whom row security does not touch.
 */
import Fastify from 'fastify'
import { PassThrough } from 'node:stream'
import ExcelJS from 'exceljs'
import pg from 'pg'
import { sql } from 'kysely'
import { snake } from '../src/kernel/entity/entity.rules.ts'
import { build } from '../src/kernel/db/database.ts'
import { listRows, selectList } from '../src/kernel/registers/list.ts'
import { organization } from '../src/kernel/org/organization/organization.entity.ts'
import { organizationShape } from '../src/kernel/org/organization/organization.procedures.ts'
import { insertRecord } from '../src/kernel/registers/write.ts'
import { indicatorsBy } from '../src/domains/energy/indicators/indicators.ts'
import { annual2025 } from '../src/domains/energy/reports/annual-2025.report.ts'
import { captured, type Statement } from './captured.ts'

const POOL = 16
const given = JSON.parse(process.env.BOUND!) as { port: number; city: pg.ClientConfig; register: pg.ClientConfig }
const city = new pg.Pool({ ...given.city, max: POOL })
const register = new pg.Pool({ ...given.register, max: POOL })
const app = Fastify()
const send = (reply: { header(n: string, v: string): { send(b: string): unknown } }, body: unknown) => reply.header('content-type', 'application/json; charset=utf-8').send(JSON.stringify(body))
const run = async (pool: pg.Pool, s: Statement) => (await pool.query(s.text, s.values)).rows
const page = Array.from({ length: 21 }, () => ({ id: 1, n: 1 }))

const one = sql`SELECT ${selectList(organization, organizationShape)} FROM org.organization t ${organizationShape.joins} WHERE t.id = ${0}`.compile(build).sql
app.get<{ Params: { id: string } }>('/record/:id', async (request, reply) => send(reply, (await city.query(one, [Number(request.params.id)])).rows[0]))

const remembered = new Map<string, Promise<Statement[]>>()
const once = (key: string, make: () => Promise<Statement[]>) => remembered.get(key) ?? remembered.set(key, make()).get(key)!
const COUNT = { text: 'SELECT count(*) AS n FROM org.organization t', values: [] }

app.get<{ Querystring: { filter?: string; sort?: string } }>('/list', async (request, reply) => {
  const { filter, sort } = request.query
  const [rows, total] = await once(`list ${filter} ${sort}`, () => captured(page, (trx) => listRows(trx, organization, { limit: 20, filter, sort }, organizationShape)))
  const exact = filter ? total! : COUNT
  const found = await run(register, rows!)
  return send(reply, { rows: found, total: (await run(register, exact))[0].n })
})

app.get<{ Querystring: { q: string } }>('/search', async (request, reply) => {
  const like = `%${request.query.q.toLowerCase()}%`
  const where = sql`WHERE lower(t.name) LIKE ${like}`
  const rows = sql`SELECT ${selectList(organization, organizationShape)} FROM org.organization t ${organizationShape.joins} ${where} ORDER BY t.id LIMIT 21`.compile(build)
  const found = await register.query(rows.sql, [...rows.parameters])
  const total = await register.query(`SELECT count(*) AS n FROM org.organization t WHERE lower(t.name) LIKE $1`, [like])
  return send(reply, { rows: found.rows, total: total.rows[0].n })
})

app.post<{ Body: { values: Record<string, unknown> } }>('/create', async (request, reply) => {
  const [insert] = await captured([{ id: 1 }], (trx) => insertRecord(trx, organization, { ...request.body.values, kind: 'institution' }))
  return send(reply, (await run(city, insert!))[0])
})

const cube = await captured([{ dirty: false, version: 0 }], (trx) => indicatorsBy(trx, 'region', { months: 12, start: '2024-01-01', division: 'then' }))
const cubeRead = cube.find((s) => /FROM energy\.cube\b/.test(s.text) && !s.text.includes('cube_state'))!
app.get<{ Querystring: { year: string } }>('/indicators', async (request, reply) =>
  send(reply, await run(city, { text: cubeRead.text, values: cubeRead.values.map((v) => (v === '2024-01-01' ? `${request.query.year}-01-01` : v)) })))

/** A plain parallel scan of the wide tables: nobody is left out, nothing is named. */
const KEYS: Record<string, string> = { region: 'v.region_id', category: 'o.category', year: 'v.period_start', month: 'v.period_start' }
app.get<{ Querystring: { items: string; groupBy: string; from: string; before: string } }>('/rollup', async (request, reply) => {
  const { items, groupBy, from, before } = request.query
  const columns = items.split(',').map(snake)
  const keys = groupBy.split(',').map((d) => KEYS[d]!)
  const scan = (table: string) => `SELECT organization_id, region_id, period_start, ${columns.join(', ')} FROM ${table} WHERE period_start >= $1::date AND period_start < $2::date`
  return send(reply, await run(city, {
    text: `SELECT ${keys.join(', ')}, count(*), ${columns.map((c) => `sum(v.${c})`).join(', ')} FROM (${scan('energy.monthly_2022')} UNION ALL ${scan('energy.monthly_2025')}) v
      ${groupBy.includes('category') ? 'JOIN org.organization o ON o.id = v.organization_id' : ''} GROUP BY ${keys.map((_, n) => n + 1).join(', ')}`,
    values: [from, before],
  }))
})

/** A bare streaming workbook: one query, no styles, no types but numbers. */
const numeric = annual2025.items.map((i) => i.type.kind === 'decimal' || i.type.kind === 'integer')
app.get('/export', async (_request, reply) => {
  const { rows } = await city.query<unknown[]>({
    text: `SELECT o.uscc, o.name, '2025', ${annual2025.items.map((i) => `v.${snake(i.code)}`).join(', ')} FROM org.organization o LEFT JOIN energy.annual_2025 v ON v.organization_id = o.id AND v.period_start = '2025-01-01'
      WHERE o.kind = 'institution' AND o.valid_to IS NULL ORDER BY o.id`, rowMode: 'array',
  })
  const body = new PassThrough()
  const workbook = new ExcelJS.stream.xlsx.WorkbookWriter({ stream: body, useStyles: false, useSharedStrings: false })
  const write = async () => {
    const sheet = workbook.addWorksheet('年度报表')
    sheet.addRow(['统一社会信用代码', '机构名称', '报告期', ...annual2025.items.map((i) => i.label)]).commit()
    for (const [n, row] of rows.entries()) {
      sheet.addRow(row.map((v, i) => (v !== null && i > 2 && numeric[i - 3] ? Number(v) : v))).commit()
      if (n % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    sheet.commit()
    await workbook.commit()
  }
  write().catch((error: Error) => body.destroy(error))
  return reply.header('content-type', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet').send(body)
})

await app.listen({ port: given.port, host: '127.0.0.1' })
process.stdout.write('listening\n')
process.on('SIGTERM', () => void app.close().then(() => process.exit(0)))
