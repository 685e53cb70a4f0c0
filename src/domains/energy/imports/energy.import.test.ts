import { Decimal } from 'decimal.js'
import fc from 'fast-check'
import { sql } from 'kysely'
import { beforeEach, describe, expect, test } from 'vitest'
import '../index.ts'
import { lastEnded, shift } from '../../../kernel/reports/period.rules.ts'
import { detectHeader } from '../../../kernel/documents/header.rules.ts'
import { workbook } from '../../../kernel/documents/intake/test-files.ts'
import { importTarget } from '../../../kernel/imports/import.procedures.ts'
import { allReports, bindReports, forgetSettings } from '../../../kernel/reports/registry.ts'
import { testDatabase } from '../../../kernel/test/database.ts'
import { buildFixture } from '../../../kernel/test/fixture.ts'
import { importer, takeTrailAway } from '../../../kernel/test/import-files.ts'

const { db, connection } = await testDatabase()
bindReports(db)
const city = await buildFixture(db)
const { check, apply, undo } = importer(db, 'energy')
const district = await city.actorAt(city.yuzhong, 'district_reviewer')
const filler = await city.actorAt(city.school, 'filler')
const institution = { from: '机构', by: 'name' as const }
const wide = { institution, period: '期', columns: { electricity: '用电(kWh)', electricityCost: '电费', water: '用水' } }
const file = (...rows: (string | number)[][]) => [['机构', '期', '用电(kWh)', '电费', '用水'], ...rows].map((r) => r.join(',')).join('\n') + '\n'
const [SCHOOL, PRIMARY, HOSPITAL] = ['渝中区示范中学', '渝中区示范小学', '渝中区示范医院']
const outcomes = (c: { lines: { outcome: string }[] }) => c.lines.map((l) => l.outcome)
const system = <T>(q: any) => db.asSystem('test', (trx) => trx.rows<T>(q))
const filing = async (org: number, start = '2026-01-01', form = 'energy.monthly') => (await system<any>(sql`SELECT * FROM reports.filing WHERE organization_id = ${org} AND period_start = ${start} AND form = ${form}`))[0]
const figures = async (org: number, table = 'energy.monthly_2025') => system<any>(sql`SELECT period_start AS start, electricity, electricity_cost AS cost, water, people FROM ${sql.table(table)} WHERE organization_id = ${org} ORDER BY 1`)

beforeEach(async () => {
  forgetSettings()
  await db.asSystem('test', async (trx) => {
    for (const table of ['reports.filing', 'reports.lock', 'reports.lock_exception', 'reports.peer_median', 'energy.consumption']) await trx.run(sql`DELETE FROM ${sql.table(table)}`)
  })
})

describe('one row a form', () => {
  test('drafts with the register’s people and area; the same file again changes nothing', async () => {
    const text = file([SCHOOL, '2026-01', '"60,000.1234"', '42000', ''], [PRIMARY, '2026年1月', '0', '', '5'])
    const c = await check(district, text, wide)
    expect(outcomes(c)).toEqual(['create', 'create'])
    await apply(district, c.batchId)
    expect(await figures(city.school)).toEqual([{ start: '2026-01-01', electricity: '60000.1234', cost: '42000.00', water: null, people: 2000 }])
    expect((await figures(city.primary))[0]).toMatchObject({ electricity: '0.0000', water: '5.0000' })
    expect(await filing(city.school)).toMatchObject({ submitted_at: null, source: 'import', counted: false, batch_id: c.batchId })
    const version = (await filing(city.school)).version
    const again = await check(district, text, wide)
    expect(outcomes(again)).toEqual(['unchanged', 'unchanged'])
    await apply(district, again.batchId)
    expect((await filing(city.school)).version).toBe(version)
  })
  test('a code that nobody has says so; one that was copied wrongly says that', async () => {
    const c = await check(district, '代码,期,用电\n12500103900000014E,2026-01,1\n12500103900000014X,2026-01,1\n', { institution: { from: '代码', by: 'uscc' }, period: '期', columns: { electricity: '用电' } })
    expect(c.lines.map((l) => l.codes)).toEqual([['unknown_institution'], ['unknown_institution']])
    const said = await system<any>(sql`SELECT findings->0->>'message' AS words FROM imports.line WHERE batch_id = ${c.batchId} ORDER BY line`)
    expect(said.map((s) => s.words)).toEqual([expect.stringContaining('或它不在您的管理范围内'), expect.stringContaining('校验位不对（应为 E）')])
  })
  test('each line’s fault at its line', async () => {
    const gone = await city.institution({ name: '去年撤销的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong })
    await system(sql`UPDATE org.organization SET valid_to = '2025-07-01' WHERE id = ${gone}`)
    const c = await check(district, file(
      [SCHOOL, '2026-01', '1', '', ''], [SCHOOL, '2026-01', '1', '', ''], [SCHOOL, '2026-01', '2', '', ''], ['没有的单位', '2026-01', '1', '', ''], ['万州区示范局', '2026-01', '1', '', ''],
      [SCHOOL, '', '1', '', ''], [SCHOOL, '13月', '1', '', ''], [PRIMARY, '2026-01', '很多', '', ''], ['去年撤销的单位', '2026-01', '1', '', ''], ['去年撤销的单位', '2025-06', '1', '', ''], [HOSPITAL, '2026-01', '', '', '']), wide)
    expect(c.lines.map((l) => [l.outcome, l.codes.at(-1)])).toEqual([
      ['create', undefined], ['duplicate', 'duplicate_line'], ['error', 'conflicting_line'], ['error', 'unknown_institution'], ['error', 'unknown_institution'],
      ['error', 'required'], ['error', expect.any(String)], ['error', 'not_a_number'], ['error', 'outside_period'], ['create', undefined], ['skipped', 'no_figures'],
    ])
    await apply(district, c.batchId, 'valid')
    expect(await filing(city.school)).toBeDefined()
    expect(await filing(gone, '2025-06-01')).toMatchObject({ form_version: '2022' })
    expect(await filing(city.hospital)).toBeUndefined()
  })
  test('in the column of the credit code, who has none stands with the internal code or the name, as in our own template', async () => {
    const [coded, named] = [await city.institution({ name: '有内部编码的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong }), await city.institution({ name: '只有名称的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong })]
    const twins = [await city.institution({ name: '同名的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong }), await city.institution({ name: '同名的单位', superiorId: city.yuzhong, regionId: city.regions.yuzhong })]
    await system(sql`UPDATE org.organization SET uscc = NULL, code = CASE WHEN id = ${coded} THEN 'YL-1077' END WHERE id = ANY (${[coded, named, ...twins]}::integer[])`)
    const { uscc } = (await system<any>(sql`SELECT uscc FROM org.organization WHERE id = ${city.school}`))[0]
    const c = await check(district, file([uscc, '2026-03', '1', '1', '1'], ['YL-1077', '2026-03', '2', '1', '1'], ['只有名称的单位', '2026-03', '3', '1', '1'], ['同名的单位', '2026-03', '4', '1', '1'], ['12500103900010714Y', '2026-03', '5', '1', '1'], ['YL1077', '2026-03', '6', '1', '1']), { ...wide, institution: { from: '机构', by: 'uscc' } })
    expect(c.lines.map((l) => [l.outcome, l.codes.at(-1)])).toEqual([['create', undefined], ['create', undefined], ['create', undefined], ['error', 'ambiguous_institution'], ['error', 'unknown_institution'], ['error', 'unknown_institution']])
    await apply(district, c.batchId, 'valid')
    expect([await filing(coded, '2026-03-01'), await filing(named, '2026-03-01')].map((f) => f?.source)).toEqual(['import', 'import'])
  })
  test('a year too far is an error of its line, not a form of the future', async () => {
    const next = shift(lastEnded(1), 2).key
    const c = await check(district, file([SCHOOL, next, '1', '1', '1'], [PRIMARY, lastEnded(1).key, '1', '1', '1']), wide)
    expect(c.lines.map((l) => [l.outcome, l.codes.at(-1)])).toEqual([['error', 'outside_period'], ['create', undefined]])
  })
  test.each(allReports().map((r) => [r.name, r] as const))('every heading of our own template of %s is known again', (_name, report) => {
    // As the template writes them, with the unit in brackets; what is not known again would be left out in silence.
    const cells = report.items.map((i) => ({ kind: 'text' as const, text: i.unit ? `${i.label}（${i.unit}）` : i.label }))
    const fields = importTarget('energy').fields({ form: report.formName })
    const found = detectHeader([{ line: 1, cells } as never], fields.map((f) => ({ key: f.name, names: [f.label, f.name, ...(f.synonyms ?? [])] })))
    expect(found!.headings.map((h) => h.key)).toEqual(report.items.map((i) => i.code))
  })
  test('figures in standard coal come in as they are, or from kilograms', async () => {
    const c = await check(district, ['机构,期,用电(kWh),用水,其他(tce)', `${SCHOOL},2026-04,1,1,2.5`].join('\n'), { institution, period: '期', columns: { electricity: '用电(kWh)', water: '用水', otherEnergy: '其他(tce)' } })
    await apply(district, c.batchId)
    const k = await check(district, ['机构,期,用电(kWh),用水,其他(千克标准煤)', `${PRIMARY},2026-04,1,1,2500`].join('\n'), { institution, period: '期', columns: { electricity: '用电(kWh)', water: '用水', otherEnergy: '其他(千克标准煤)' } })
    await apply(district, k.batchId)
    const kept = await system<any>(sql`SELECT other_energy FROM energy.monthly_2025 WHERE period_start = '2026-04-01' ORDER BY organization_id`)
    expect(kept.map((r) => r.other_energy)).toEqual(['2.5000', '2.5000'])
  })
  test('the year picks the version: heat of the old form and of the new', async () => {
    const c = await check(district, '机构,期,采暖热力消费量（按热量收费）,用地面积,电消费量\n' + [SCHOOL, '2024', '5', '9', '1'].join(',') + '\n' + [SCHOOL, '2025', '5', '9', '1'].join(',') + '\n', {
      institution, period: '期', form: 'annual', columns: { heatingHeat: '采暖热力消费量（按热量收费）', electricity: '电消费量' } })
    expect(outcomes(c)).toEqual(['create', 'create'])
    await apply(district, c.batchId)
    expect((await filing(city.school, '2024-01-01', 'energy.annual')).form_version).toBe('2022')
    expect((await filing(city.school, '2025-01-01', 'energy.annual')).form_version).toBe('2025')
  })
  test('a locked period is closed to files too, with an exception it is open', async () => {
    await system(sql`INSERT INTO reports.lock (form, period_start, region_id, reason, by_name) VALUES ('energy.monthly', '2026-01-01', ${city.regions.yuzhong}, '已上报', '市局')`)
    expect((await check(district, file([SCHOOL, '2026-01', '1', '', '']), wide)).lines[0]).toMatchObject({ outcome: 'error', codes: ['locked'] })
    await system(sql`INSERT INTO reports.lock_exception (form, period_start, organization_id, org_path, reason, until, by_name) SELECT 'energy.monthly', '2026-01-01', id, org_path, '更正', now() + interval '1 day', '市局' FROM org.organization WHERE id = ${city.school}`)
    expect(outcomes(await check(district, file([SCHOOL, '2026-01', '1', '', '']), wide))).toEqual(['create'])
  })
  test('locked between check and writing: nothing of the file is written', async () => {
    const c = await check(district, file([SCHOOL, '2025-12', '1', '', ''], [SCHOOL, '2026-01', '1', '', '']), wide)
    await system(sql`INSERT INTO reports.lock (form, period_start, reason, by_name) VALUES ('energy.monthly', '2026-01-01', '已上报', '市局')`)
    await expect(apply(district, c.batchId)).rejects.toMatchObject({ body: { code: 'refused' } })
    expect(await filing(city.school, '2025-12-01')).toBeUndefined()
  })
  test('only some columns: the others keep what was there', async () => {
    await apply(district, (await check(district, file([SCHOOL, '2026-01', '60000', '42000', '3000']), wide)).batchId)
    const c = await check(district, `机构,期,用水\n${SCHOOL},2026-01,3100\n`, { institution, period: '期', columns: { water: '用水' } })
    expect(outcomes(c)).toEqual(['update'])
    await apply(district, c.batchId)
    expect((await figures(city.school))[0]).toMatchObject({ electricity: '60000.0000', water: '3100.0000' })
  })
  test('a figure that the file does not carry is not replaced by the ledgers or the register either', async () => {
    const annual = (text: string, columns: Record<string, string>) => check(district, text, { institution, period: '期', form: 'annual', columns })
    const months = Array.from({ length: 12 }, (_, m) => [SCHOOL, `2025-${String(m + 1).padStart(2, '0')}`, '100', '', '1'])
    await apply(district, (await check(district, file(...months), wide)).batchId)
    await apply(district, (await annual(`机构,期,电,人\n${SCHOOL},2025,777,5\n`, { electricity: '电', people: '人' })).batchId)
    expect((await figures(city.school, 'energy.annual_2025'))[0]).toMatchObject({ electricity: '777.0000', people: 5, water: '12.0000' })
    await apply(district, (await annual(`机构,期,水\n${SCHOOL},2025,9\n`, { water: '水' })).batchId)
    expect((await figures(city.school, 'energy.annual_2025'))[0]).toMatchObject({ electricity: '777.0000', people: 5, water: '9.0000' })
  })
  test('a year that the file leaves out is not filled from eleven ledgers, nor its water from twelve of which one lacks it', async () => {
    const annual = async () => apply(district, (await check(district, `机构,期,电,人\n${SCHOOL},2025,777,5\n`, { institution, period: '期', form: 'annual', columns: { electricity: '电', people: '人' } })).batchId)
    const ledger = (m: number, water: string) => [SCHOOL, `2025-${String(m).padStart(2, '0')}`, '100', '70', water]
    await apply(district, (await check(district, file(...Array.from({ length: 11 }, (_, m) => ledger(m + 1, '1'))), wide)).batchId)
    await annual()
    expect((await figures(city.school, 'energy.annual_2025'))[0]).toMatchObject({ electricity: '777.0000', water: null })
    await apply(district, (await check(district, file(ledger(12, '')), wide)).batchId)
    await annual()
    expect((await figures(city.school, 'energy.annual_2025'))[0]).toMatchObject({ electricity: '777.0000', water: null })
    await system(sql`DELETE FROM reports.filing WHERE form = 'energy.annual'`)
    await annual()
    expect((await figures(city.school, 'energy.annual_2025'))[0]).toMatchObject({ electricity: '777.0000', water: null })
  })
})

describe('handed in with the file', () => {
  const good = file([SCHOOL, '2026-01', '60000', '42000', '3000'])
  test('submitted, logged, counted; then closed to the filler’s file, open to the district’s, which withdraws it on the record', async () => {
    await apply(district, (await check(district, good, wide)).batchId, 'all', true)
    expect(await filing(city.school)).toMatchObject({ submitted_by_name: district.name, counted: true })
    const other = file([SCHOOL, '2026-01', '50000', '35000', '3000'])
    expect((await check(filler, other, wide)).lines[0]).toMatchObject({ outcome: 'error', codes: ['accepted'] })
    await apply(district, (await check(district, other, wide)).batchId)
    const now = await filing(city.school)
    expect(now).toMatchObject({ submitted_at: null, counted: false })
    const log = await system<any>(sql`SELECT decision FROM reports.review WHERE filing_id = ${now.id} ORDER BY id`)
    expect(log.map((l) => l.decision)).toEqual(['submit', 'withdraw'])
  })
  test('figures older than the first version of a form stand on that version and are in the totals', async () => {
    await apply(district, (await check(district, `机构,期,电消费量\n${SCHOOL},2016,60000\n`, { institution, period: '期', form: 'annual', columns: { electricity: '电消费量' } })).batchId, 'all', true)
    expect(await filing(city.school, '2016-01-01', 'energy.annual')).toMatchObject({ form_version: '2022', counted: true })
    const [row] = await system<any>(sql`SELECT counted, electricity, tce FROM energy.consumption WHERE organization_id = ${city.school} AND months = 12 AND period_start = '2016-01-01'`)
    expect(row).toMatchObject({ counted: true, electricity: '60000.0000', tce: '7.374000' })
  })
  test('what was accepted no file touches', async () => {
    await apply(district, (await check(district, good, wide)).batchId, 'all', true)
    await system(sql`UPDATE reports.filing SET accepted_level = 1`)
    expect((await check(district, file([SCHOOL, '2026-01', '1', '', '']), wide)).lines[0]!.outcome).toBe('error')
    expect(outcomes(await check(district, good, wide))).toEqual(['unchanged'])
  })
})

describe('undo', () => {
  test('new forms go, with their figures and totals; old ones are what they were, checks included', async () => {
    await apply(district, (await check(district, file([SCHOOL, '2026-01', '123456789012345678.1234', '42000', '3000']), wide)).batchId)
    const before = [await figures(city.school), await system(sql`SELECT check_code, item, message FROM reports.finding ORDER BY 1, 2`)]
    const c = await check(district, file([SCHOOL, '2026-01', '-5', '1', '1'], [PRIMARY, '2026-01', '2', '1.5', '1']), wide)
    const ok = await check(district, file([SCHOOL, '2026-01', '999', '1', '1'], [PRIMARY, '2026-01', '2', '1.5', '1']), wide)
    expect(outcomes(c)[0]).toBe('error')
    await apply(district, ok.batchId, 'all', true)
    expect(await undo(district, ok.batchId)).toBe(2)
    expect([await figures(city.school), await system(sql`SELECT check_code, item, message FROM reports.finding ORDER BY 1, 2`)]).toEqual(before)
    expect(await filing(city.primary)).toBeUndefined()
    expect(await system(sql`SELECT 1 FROM energy.consumption WHERE organization_id = ${city.primary}`)).toEqual([])
    expect(await system(sql`SELECT counted FROM energy.consumption WHERE organization_id = ${city.school} AND months = 1`)).toEqual([{ counted: false }])
  })
  test.each([
    ['handed in since', sql`INSERT INTO reports.review (filing_id, org_path, level, decision, by_name, at) SELECT id, org_path, 0, 'submit', '某', now() + interval '1 second' FROM reports.filing`],
    ['accepted', sql`UPDATE reports.filing SET accepted_level = 1`],
    ['changed since', sql`UPDATE energy.monthly_2025 SET water = 77`],
    ['locked', sql`INSERT INTO reports.lock (form, period_start, reason, by_name) VALUES ('energy.monthly', '2026-01-01', '已上报', '市局')`],
  ])('is refused when a form was %s', async (_what, spoil) => {
    const c = await check(district, file([SCHOOL, '2026-01', '999', '1', '1']), wide)
    await apply(district, c.batchId)
    await system(spoil)
    await expect(undo(district, c.batchId)).rejects.toMatchObject({ body: { code: 'refused' } })
    expect(await filing(city.school)).toBeDefined()
  })
})

describe('foreign money is nobody’s 元', () => {
  const refused = { outcome: 'error', codes: ['foreign_currency'] }
  const cost = (heading: string, spec: object = {}) => check(district, `机构,期,用电(kWh),"${heading}"\n${SCHOOL},2026-01,9,120\n${PRIMARY},2026-01,9,\n`, {
    institution, period: '期', columns: { electricity: '用电(kWh)', electricityCost: { from: heading, ...spec } } })
  test.each(['Cost ($)', 'Cost USD', 'cost in dollars', '电费（美元）', 'Cost (€)', 'Kosten EUR', '电费（港币）', 'Cost (XAF)', 'Cost (₦)'])('%s', async (heading) => {
    const c = await cost(heading)
    // Where the cell is empty there is no money to mistake.
    expect(c.lines).toMatchObject([refused, { outcome: 'create' }])
    const [line] = await system<any>(sql`SELECT findings FROM imports.line WHERE batch_id = ${c.batchId} AND outcome = 'error'`)
    expect(line.findings[0]).toMatchObject({ field: 'electricityCost', message: expect.stringContaining('请先按入账汇率折成人民币') })
  })
  test('a unit settles it: converted figures are taken, a foreign unit is not', async () => {
    expect(outcomes(await cost('Cost ($)', { unit: '元' }))).toEqual(['create', 'create'])
    const c = await cost('Cost ($)', { unit: '万元' })
    await apply(district, c.batchId)
    expect((await figures(city.school))[0].cost).toBe('1200000.00')
    expect((await cost('费用', { unit: 'USD' })).lines[0]).toMatchObject(refused)
    expect(outcomes(await cost('Cost (¥)'))[0]).toBe('update')
  })
  test('row by row, and in bills', async () => {
    const rows = await check(district, `机构,期,用电(kWh),费,币种\n${SCHOOL},2026-01,9,120,USD\n${PRIMARY},2026-01,9,120,元\n${HOSPITAL},2026-01,9,120,KES\n`, {
      institution, period: '期', columns: { electricity: '用电(kWh)', electricityCost: { from: '费', unitFrom: '币种' } } })
    expect(rows.lines.map((l) => [l.outcome, ...l.codes])).toEqual([['error', 'foreign_currency'], ['create'], ['error', 'unknown_unit']])
    const bill = (heading: string, spec: object = {}) => check(district, `机构,种类,起,止,量,"${heading}"\n${SCHOOL},electricity,2026-01-01,2026-01-31,10,120\n`, {
      institution, columns: {}, long: { item: { from: '种类' }, quantity: { from: '量' }, cost: { from: heading, ...spec }, start: '起', end: '止' } })
    expect((await bill('Cost ($)')).lines[0]).toMatchObject(refused)
    expect((await bill('Cost ($)', { unit: '元' })).lines[0]).toMatchObject({ outcome: 'create' })
    expect((await bill('Cost')).lines[0]).toMatchObject({ outcome: 'create' })
  })
})

describe('a unit that the heading speaks of and nobody knows', () => {
  const water = (heading: string, spec: object = {}) => check(district, `机构,期,用电(kWh),"${heading}"\n${SCHOOL},2026-01,9,120\n${PRIMARY},2026-01,9,\n`, {
    institution, period: '期', columns: { electricity: '用电(kWh)', water: { from: heading, ...spec } } })
  test.each([['用水（桶）', 'unknown_unit'], ['Water (Mcf)', 'ambiguous_unit'], ['用水量（含绿化）', 'unknown_unit']])('%s is not taken for m³', async (heading, code) => {
    // Where the cell is empty there is nothing to mistake.
    expect((await water(heading)).lines).toMatchObject([{ outcome: 'error', codes: [code] }, { outcome: 'create' }])
    expect((await water(heading, { unit: '箱' })).lines[0]).toMatchObject({ outcome: 'error', codes: ['unknown_unit'] })
  })
  test.each([['用水量（吨）', '120.0000'], ['水费单用量（万吨）', '1200000.0000'], ['用水量（全年）', '120.0000']])('%s is water in a usual form', async (heading, kept) => {
    const c = await water(heading)
    await apply(district, c.batchId)
    expect((await figures(city.school))[0].water).toBe(kept)
  })
  test('a tonne is a cubic metre of water, and of nothing else; in bills too', async () => {
    const gas = await check(district, `机构,期,用电(kWh),用气（吨）\n${SCHOOL},2026-01,9,120\n`, { institution, period: '期', columns: { electricity: '用电(kWh)', naturalGas: '用气（吨）' } })
    expect(gas.lines[0]).toMatchObject({ outcome: 'error', codes: ['unit_mismatch'] })
    const bill = await check(district, `机构,种类,起,止,量,位\n${SCHOOL},water,2026-01-01,2026-01-31,10,吨\n${SCHOOL},naturalGas,2026-01-01,2026-01-31,10,吨\n`, {
      institution, columns: {}, long: { item: { from: '种类' }, quantity: { from: '量', unitFrom: '位' }, start: '起', end: '止' } })
    expect(bill.lines.map((l) => l.outcome)).toEqual(['create', 'error'])
  })
  test('the mapping settles it; brackets of our own names are no unit', async () => {
    const c = await water('用水（百桶）', { unit: '千m³' })
    await apply(district, c.batchId)
    expect((await figures(city.school))[0].water).toBe('120000.0000')
    const ours = await check(district, `机构,期,用电(kWh),热力消费量（按热量收费）\n${SCHOOL},2026-02,9,12\n`, { institution, period: '期', columns: { electricity: '用电(kWh)', heatingHeat: '热力消费量（按热量收费）' } })
    expect(outcomes(ours)).toEqual(['create'])
  })
})

describe('workbooks', () => {
  test('a figure merged over the rows of two institutions is nobody’s', async () => {
    const cell = (at: string, text: string | number) => (typeof text === 'number' ? `<c r="${at}"><v>${text}</v></c>` : `<c r="${at}" t="str"><v>${text}</v></c>`)
    const rows = [['机构', '期', '用电(kWh)'], [SCHOOL, '2026-01', 40000], [PRIMARY, '2026-01', ''], [HOSPITAL, '2026-01', 5]]
      .map((r, i) => `<row r="${i + 1}">${r.map((v, c) => (v === '' ? '' : cell('ABC'[c]! + (i + 1), v as string))).join('')}</row>`).join('')
    const c = await check(district, workbook({ rows, after: '<mergeCells><mergeCell ref="C2:C3"/></mergeCells>' }), { institution, period: '期', columns: { electricity: '用电(kWh)' } }, 'merged.xlsx')
    expect(c.lines.map((l) => [l.outcome, ...l.codes])).toEqual([['error', 'merged_cell'], ['error', 'merged_cell'], ['create']])
  })
  test('headings without a row below them are no success', async () => {
    await expect(check(district, file(), wide)).rejects.toMatchObject({ body: { code: 'no_rows' } })
    expect(await system(sql`SELECT state, problem->>'code' AS code FROM imports.batch ORDER BY id DESC LIMIT 1`)).toEqual([{ state: 'failed', code: 'no_rows' }])
  })
})

describe('one row a bill', () => {
  const long = (more: object = {}) => ({
    institution, columns: {}, long: { item: { from: '种类', values: { 电: 'electricity', 水: 'water', 杂: null } }, quantity: { from: '量' }, cost: { from: '费' }, start: '起', end: '止', meter: '表', ...more },
  })
  const bills = (...rows: (string | number)[][]) => [['机构', '种类', '表', '起', '止', '量', '费'], ...rows].map((r) => r.join(',')).join('\n') + '\n'
  test('over two months by days; twins once; contradictions not; words left out counted', async () => {
    const c = await check(district, bills(
      [SCHOOL, '电', 'A', '2026-01-16', '2026-02-15', 3000, 1500], [SCHOOL, '电', 'A', '2026-01-16', '2026-02-15', 3000, 1500], [SCHOOL, '电', 'A', '2026-01-16', '2026-02-15', 3001, 1500],
      [SCHOOL, '水', 'B', '2026-01-01', '2026-01-31', 10, 40], [SCHOOL, '杂', 'C', '2026-01-01', '2026-01-31', 10, 40], [SCHOOL, '气', 'D', '2026-01-01', '2026-01-31', 10, 40], [SCHOOL, '电', 'E', '2026-02-01', '2026-01-01', 1, 1]), long())
    expect(outcomes(c)).toEqual(['create', 'duplicate', 'error', 'create', 'skipped', 'error', 'error'])
    expect(Object.entries(c.counts).filter(([k]) => k !== 'lines').reduce((n, [, v]) => n + v, 0)).toBe(c.counts.lines)
    await apply(district, c.batchId, 'valid')
    // 16 January days and 14 of February.
    expect(await figures(city.school)).toEqual([
      { start: '2026-01-01', electricity: '1600.0000', cost: '800.00', water: '10.0000', people: 2000 }, { start: '2026-02-01', electricity: '1400.0000', cost: '700.00', water: null, people: 2000 }])
    expect(await undo(district, c.batchId)).toBe(2)
    expect(await figures(city.school)).toEqual([])
  })
  test('a month that only has the tail of a bill shares its fate, not a neighbour’s', async () => {
    await system(sql`INSERT INTO reports.lock (form, period_start, reason, by_name) VALUES ('energy.monthly', '2026-04-01', '已上报', '市局')`)
    const c = await check(district, bills([SCHOOL, '电', 'A', '2026-04-01', '2026-04-30', 9, 9], [SCHOOL, '电', 'A', '2026-01-16', '2026-02-15', 3000, 1500]), long())
    expect(outcomes(c)).toEqual(['error', 'create'])
    await apply(district, c.batchId, 'valid')
    expect((await figures(city.school)).map((f: any) => f.electricity)).toEqual(['1600.0000', '1400.0000'])
  })
  test('whatever the days, the months add up to the bill exactly', async () => {
    const day = (n: number) => new Date(Date.UTC(2026, 0, 1) + n * 86_400_000).toISOString().slice(0, 10)
    const sample = fc.sample(fc.tuple(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 99_999_999 }), fc.integer({ min: 1, max: 9_999_999 })), { numRuns: 40, seed: 4 })
    const c = await check(district, bills(...sample.map(([from, length, q, m], i) => [SCHOOL, '电', `M${i}`, day(from), day(from + length), new Decimal(q).div(10_000).toFixed(), new Decimal(m).div(100).toFixed()])), long({ endIs: 'excluded' }))
    expect(c.counts.error).toBe(0)
    await apply(district, c.batchId)
    const sum = (list: string[]) => list.reduce((a, b) => a.plus(b), new Decimal(0))
    const stored = await figures(city.school)
    expect(sum(stored.map((f: any) => f.electricity)).toFixed(4)).toBe(sum(sample.map((s) => new Decimal(s[2]).div(10_000).toFixed())).toFixed(4))
    expect(sum(stored.map((f: any) => f.cost)).toFixed(2)).toBe(sum(sample.map((s) => new Decimal(s[3]).div(100).toFixed())).toFixed(2))
  })
})

test('once its month was archived, taking back is refused instead of doing nothing', async () => {
  const c = await check(district, file([SCHOOL, '2026-01', '999', '1', '1']), wide)
  await apply(district, c.batchId)
  await takeTrailAway(connection)
  await expect(undo(district, c.batchId)).rejects.toMatchObject({ body: { code: 'refused' }, message: expect.stringContaining('修改历史已经归档') })
  expect((await figures(city.school))[0].electricity).toBe('999.0000')
})
