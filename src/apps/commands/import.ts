/** `import institutions|energy FILE`: the same check and the same writing as on the page, for scripts. */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { sql } from 'kysely'
import { Problem } from '../../kernel/contract/problem.rules.ts'
import { applyBatch, checkBatch, createBatch, filledBy, type Counts, type SourceFile } from '../../kernel/imports/batch.ts'
import { importTarget, withinSystem } from '../../kernel/imports/import.procedures.ts'
import { mappingSchema, type Mapping } from '../../kernel/imports/mapping.rules.ts'
import { isMeasured, LineReader } from '../../kernel/imports/read-line.rules.ts'
import { detectHeader, splitHeading } from '../../kernel/documents/header.rules.ts'
import { openTable } from '../../kernel/documents/intake/open-table.ts'
import type { SheetRow } from '../../kernel/documents/intake/sheet.rules.ts'
import { plantTree } from '../../kernel/org/tree.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform } from '../platform.ts'

const EXAMPLES = 200

export async function importFile(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args, allowPositionals: true,
    options: {
      ...common, mapping: { type: 'string' }, 'dry-run': { type: 'boolean', default: false }, json: { type: 'boolean', default: false },
      accept: { type: 'string', default: 'valid' }, draft: { type: 'boolean', default: false },
    },
  })
  const [name, fileName] = positionals
  if (!name || !fileName || positionals.length > 2) throw new Problem('invalid_input', 'Usage: import institutions|energy FILE [--mapping FILE] [--dry-run] [--json]')
  if (values.accept !== 'valid' && values.accept !== 'all') throw new Problem('invalid_input', '--accept takes "valid" (leave faulty lines out) or "all" (write nothing if any line is faulty).')
  if (name !== 'institutions' && name !== 'energy') throw new Problem('invalid_input', `There is no import of "${name}": institutions or energy.`)
  const target = importTarget(name)
  const refusal = (error: unknown, batchId: number | null): number => {
    if (!values.json || !(error instanceof Problem)) throw error
    process.stdout.write(`${JSON.stringify({ ok: false, batchId, problem: error.body }, null, 2)}\n`)
    return 2
  }
  let mapping: Mapping
  let file: SourceFile
  try {
    if (!fs.existsSync(fileName)) throw new Problem('no_file', `There is no file ${fileName}.`)
    file = { path: path.resolve(fileName), name: path.basename(fileName), size: fs.statSync(fileName).size, hash: await hashOf(fileName) }
    mapping = values.mapping ? readMapping(values.mapping) : await recognise(file, name)
  } catch (error) {
    return refusal(error, null)
  }
  const progress = (text: string) => {
    if (!values.json && process.stderr.isTTY) process.stderr.write(`\r${text}   `)
  }

  const platform = await openPlatform(placeOf(values))
  try {
    const within = withinSystem(platform.db)
    await within({ operation: 'import.tree' }, plantTree)
    let batchId: number | null = null
    let counts: Counts
    try {
      batchId = await createBatch(within, target, file, mapping)
      counts = await checkBatch(within, target, batchId, file, mapping, (done) => progress(`checked ${done} lines`))
    } catch (error) {
      return refusal(error, batchId)
    }
    // A file without a single right line is not "done": nothing of it can be written.
    const hopeless = counts.error > 0 && counts.create + counts.update + counts.unchanged === 0
    const willWrite = !values['dry-run'] && !hopeless && (values.accept === 'valid' || counts.error === 0)
    if (willWrite) await applyBatch(within, target, batchId, { accept: values.accept, submit: !values.draft }, (done, of) => progress(`written ${done} of ${of}`))
    const findings = await within({ operation: 'import.report' }, (trx) => trx.rows<any>(sql`
      SELECT l.line, l.outcome, f ->> 'field' AS field, f ->> 'code' AS code, f ->> 'severity' AS severity, f ->> 'message' AS message
      FROM imports.line l, jsonb_array_elements(l.findings) f WHERE l.batch_id = ${batchId} ORDER BY (f ->> 'severity' <> 'error'), l.line LIMIT ${EXAMPLES + 1}`))
    const labelled = name === 'energy' && willWrite
      ? await within({ operation: 'import.report' }, (trx) => trx.one<any>(sql`
          SELECT count(*)::int AS filings, count(*) FILTER (WHERE counted)::int AS counted, count(*) FILTER (WHERE NOT counted)::int AS "keptOut" FROM reports.filing f WHERE ${filledBy(batchId!)}`))
      : undefined
    const keptOutBecause = labelled?.keptOut
      ? await within({ operation: 'import.report' }, (trx) => trx.rows<any>(sql`
          SELECT k.check_code AS "checkCode", count(DISTINCT f.id)::int AS filings, min(k.message) AS example FROM reports.filing f JOIN reports.finding k ON k.filing_id = f.id
          WHERE ${filledBy(batchId!)} AND NOT f.counted AND k.severity = 'hard' AND coalesce(k.detail ->> 'gap', 'form') <> 'measure' GROUP BY 1 ORDER BY 2 DESC`))
      : undefined
    const read = await within({ operation: 'import.report' }, (trx) => trx.one<{ headings: string[] }>(sql`SELECT headings FROM imports.batch WHERE id = ${batchId}`))
    const unusedHeadings = new LineReader(read!.headings.map((n, index) => ({ index, name: n, bare: splitHeading(n).name })), mapping, false).unusedHeadings()
    const report = {
      ok: counts.error === 0 || (values.accept === 'valid' && !hopeless), batchId, target: name, file: file.name, sha256: file.hash, dryRun: values['dry-run'],
      written: willWrite, counts, ...(labelled ? { filings: { ...labelled, ...(keptOutBecause ? { because: keptOutBecause } : {}) } } : {}),
      unusedHeadings, findings: findings.slice(0, EXAMPLES), moreFindings: findings.length > EXAMPLES,
    }
    if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`)
    else {
      process.stderr.write('\r')
      process.stdout.write(`${counts.lines} lines: ${counts.create} new, ${counts.update} changed, ${counts.unchanged} unchanged, ${counts.duplicate} duplicate, ${counts.skipped} left out, ${counts.error} faulty${willWrite ? '' : ' (nothing written)'}\n`)
      if (unusedHeadings.length) process.stdout.write(`not read: ${unusedHeadings.join(', ')}\n`)
      if (labelled) process.stdout.write(`${labelled.filings} forms, ${labelled.counted} counted, ${labelled.keptOut} kept out of totals\n`)
      for (const b of keptOutBecause ?? []) process.stdout.write(`  ${b.filings} × ${b.checkCode}: ${b.example}\n`)
      for (const f of report.findings.slice(0, 20)) process.stdout.write(`  line ${f.line}: ${f.message}\n`)
      if (findings.length > 20) process.stdout.write(`  … use --json for more\n`)
    }
    return report.ok && (willWrite || values['dry-run']) ? 0 : 1
  } finally {
    await platform.close()
  }
}

function hashOf(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const hash = createHash('sha256')
    fs.createReadStream(file).on('data', (chunk) => hash.update(chunk)).on('end', () => resolve(hash.digest('hex'))).on('error', reject)
  })
}

function readMapping(file: string): Mapping {
  if (!fs.existsSync(file)) throw new Problem('no_file', `There is no mapping file ${file}.`)
  let parsed: unknown
  try {
    parsed = JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    throw new Problem('invalid_input', `${file} is not a JSON file: ${(error as Error).message}`)
  }
  const checked = mappingSchema.safeParse(parsed)
  if (!checked.success) throw new Problem('invalid_input', `${file}: ${checked.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`).join('; ')}`)
  return checked.data
}

/** Without a mapping the headings must be ours or known synonyms. */
async function recognise(file: { path: string; name: string }, name: string): Promise<Mapping> {
  const table = await openTable(file.path, { fileName: file.name })
  const rows: SheetRow[] = []
  try {
    for await (const batch of table.rows()) {
      rows.push(...batch)
      if (rows.length > 60) break
    }
  } finally {
    await table.close()
  }
  const fields = importTarget(name).fields({})
  const found = detectHeader(rows, fields.map((f) => ({ key: f.name, names: [f.label, f.name, ...(f.synonyms ?? [])], measured: isMeasured(f.unit) })))
  if (!found) throw new Problem('no_header', '没有认出表头。请用 --mapping 说明各列的含义（见 docs/import.md）。')
  const columns: Mapping['columns'] = {}
  for (const h of found.headings) if (h.key) columns[h.key] = h.label
  const { institution, period, ...rest } = columns as Record<string, string>
  if (name !== 'energy') return { headerRow: found.line, columns: rest }
  return { headerRow: found.line, columns: rest, ...(institution ? { institution: { from: institution, by: 'uscc' as const } } : byWhat(found.headings.map((h) => h.label))), ...(period ? { period } : {}) }
}

/** A file of energy figures without a mapping names its institutions by the best code that it has. */
function byWhat(headings: readonly string[]): Pick<Mapping, 'institution'> | object {
  for (const [heading, by] of [['统一社会信用代码', 'uscc'], ['内部编码', 'code'], ['机构名称', 'name']] as const)
    if (headings.includes(heading)) return { institution: { from: heading, by } }
  return {}
}
