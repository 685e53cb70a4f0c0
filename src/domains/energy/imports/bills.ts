/** Bills: many rows with a meter, an energy, a quantity and days become the figures of an institution's months. */
import Decimal from 'decimal.js'
import { text, decimal, type FieldType } from '../../../kernel/entity/entity.rules.ts'
import { isError, MONEY, type FileCell, type LineReader } from '../../../kernel/imports/read-line.rules.ts'
import { specOf, type Mapping } from '../../../kernel/imports/mapping.rules.ts'
import { finding, planned } from '../../../kernel/imports/target.ts'
import type { ImportField, PlannedLine, ReadLine } from '../../../kernel/imports/target.rules.ts'
import { parsePeriod, type Period } from '../../../kernel/reports/period.rules.ts'
import type { Located } from './energy.import.ts'

interface Part {
  month: string
  quantity: Decimal | null
  cost: Decimal | null
}
interface Bill {
  read: ReadLine
  organizationId: number
  item: string
  parts: Part[]
}
export interface Group {
  head: ReadLine
  others: ReadLine[]
  at: Located
  values: Record<string, string>
  /** Months of the same institution that bills of these lines reach into. */
  also: { at: Located; values: Record<string, string> }[]
}

const DAY = 86_400_000
const at = (day: string) => Date.parse(`${day}T00:00:00Z`)
const monthOf = (ms: number) => new Date(ms).toISOString().slice(0, 7)
const raw: FieldType<string> = text(200)

export class Bills {
  private readonly long: NonNullable<Mapping['long']>
  private readonly mapping: Mapping
  private readonly fields: Map<string, ImportField>
  private readonly bills: Bill[] = []
  private readonly seen = new Map<string, { line: number; content: string }>()
  constructor(mapping: Mapping, fields: readonly ImportField[]) {
    this.mapping = mapping
    this.long = mapping.long!
    this.fields = new Map(fields.map((f) => [f.name, f]))
  }

  /** Lines that need no one else are answered at once; bills wait for their fellows. */
  take(lines: { read: ReadLine; cells: (FileCell | null)[]; institution: number | null }[], reader: LineReader): PlannedLine[] {
    const done: PlannedLine[] = []
    for (const { read, cells, institution } of lines) {
      if (read.skipped) {
        done.push(planned(read, 'skipped'))
        continue
      }
      const outcome = this.bill(read, cells, institution, reader)
      if (outcome) done.push(outcome)
    }
    return done
  }

  private bill(read: ReadLine, cells: (FileCell | null)[], organizationId: number | null, reader: LineReader): PlannedLine | null {
    const word = reader.cell(cells, this.long.item.from)?.text.trim() ?? ''
    const values = this.long.item.values ?? {}
    const item = Object.hasOwn(values, word) ? values[word]! : this.fields.has(word) ? word : undefined
    if (item === null) return planned({ ...read, findings: [finding('item', 'left_out', `“${word}”按对照不导入。`, 'note')] }, 'skipped')
    const fail = (field: string, code: string, message: string) => read.findings.push(finding(field, code, message))
    const field = item === undefined ? undefined : this.fields.get(item)
    if (!field) fail('item', 'unknown_item', word ? `不认识能源种类“${word}”。请在导入对照的“能源种类的写法对应哪个指标”里（JSON 中是 long.item.values）指明它是哪一项，或设为不导入。` : '没有能源种类。')
    const days = this.days(read, cells, reader)
    const quantity = field ? reader.value(cells, { ...this.long.quantity, heatingValue: this.long.quantity.heatingValue ?? this.long.heatingValue }, decimal(6, { precision: 40 }), field.unit, field.means) : null
    if (quantity && !quantity.ok) fail('quantity', quantity.problem.code, `用量：${quantity.problem.message}`)
    const cost = this.long.cost ? reader.value(cells, this.long.cost, decimal(2, { precision: 20 }), MONEY) : null
    if (cost && !cost.ok) fail('cost', cost.problem.code, `费用：${cost.problem.message}`)
    const amount = quantity?.ok ? (quantity.value as string | null) : null
    const money = cost?.ok ? (cost.value as string | null) : null
    if (!read.findings.some(isError) && amount === null && money === null) return planned({ ...read, findings: [...read.findings, finding('quantity', 'no_figures', '这一行没有用量也没有费用，没有导入。', 'warning')] }, 'skipped')
    if (read.findings.some(isError) || !organizationId || !days || !item) return planned(read, 'error')
    const meter = this.long.meter ? (reader.cell(cells, this.long.meter)?.text.trim() ?? '') : ''
    const key = `${organizationId}|${item}|${meter}|${days.from}|${days.to}`
    const content = `${amount}|${money}`
    const twin = this.seen.get(key)
    if (twin?.content === content) return planned({ ...read, findings: [...read.findings, finding('', 'duplicate_line', `与第 ${twin.line} 行完全相同，只算一次。`, 'note')] }, 'duplicate')
    // Without a meter's name two bills of the same days may be two meters; with it they contradict each other.
    if (twin && this.long.meter) return planned({ ...read, findings: [...read.findings, finding('', 'conflicting_line', `与第 ${twin.line} 行是同一块表同一时段，但数字不同。请保留正确的一行。`)] }, 'error')
    this.seen.set(key, { line: read.line, content })
    this.bills.push({ read, organizationId, item, parts: this.spread(days, amount, money, field!.type.scale ?? 4) })
    return null
  }

  /** First day and the day after the last. A period column stands for its days. */
  private days(read: ReadLine, cells: (FileCell | null)[], reader: LineReader): { from: string; to: string } | null {
    const day = (spec: NonNullable<Mapping['long']>['start'], name: string, after: boolean): string | null | undefined => {
      if (!spec) return undefined
      const s = specOf(spec)
      const value = reader.value(cells, s, { ...raw, kind: 'day' } as FieldType<string>)
      if (!value.ok) read.findings.push(finding(name, value.problem.code, `${after ? '止日' : '起日'}：${value.problem.message}`))
      else if (value.value === null) read.findings.push(finding(name, 'required', `没有${after ? '止日' : '起日'}。`))
      else return String(value.value)
      return null
    }
    const start = day(this.long.start, 'start', false)
    const end = day(this.long.end, 'end', true)
    if (start === undefined && end === undefined) {
      const given = this.mapping.period
      const found = given === undefined ? null : reader.value(cells, typeof given === 'string' && /^\d{4}/.test(given) ? { value: given } : specOf(given), raw)
      const period = found?.ok && found.value ? parsePeriod(String(found.value)) : null
      if (!period) read.findings.push(finding('period', 'required', '看不出这张账单属于哪个月，请在对照中指明起止日期或报告期。'))
      return period && { from: period.start, to: period.end }
    }
    if (start === null || end === null) return null
    const from = start ?? end!
    const last = end ?? start!
    if (last < from) {
      read.findings.push(finding('end', 'ends_before_start', `止日 ${last} 早于起日 ${from}。`))
      return null
    }
    // Bills name the same day as the end of one and the start of the next; a whole month is named by its last day.
    const isLast = new Date(at(last) + DAY).getUTCDate() === 1
    const included = this.long.endIs === 'included' || (this.long.endIs === undefined && (from === last || isLast))
    const to = included ? new Date(at(last) + DAY).toISOString().slice(0, 10) : last
    if (at(to) - at(from) > 800 * DAY) read.findings.push(finding('end', 'too_long', '一张账单不能超过两年，请核对日期。'))
    return { from, to }
  }

  /** By days, exactly: what division leaves over goes to the last month. */
  private spread(days: { from: string; to: string }, amount: string | null, money: string | null, scale: number): Part[] {
    const [from, to] = [at(days.from), at(days.to)]
    const counts = new Map<string, number>()
    if (this.long.assign === 'days') for (let d = from; d < to; d += DAY) counts.set(monthOf(d), (counts.get(monthOf(d)) ?? 0) + 1)
    else counts.set(monthOf(this.long.assign === 'start' ? from : to - DAY), 1)
    const total = [...counts.values()].reduce((a, b) => a + b, 0)
    const share = (whole: string | null, places: number): (Decimal | null)[] => {
      if (whole === null) return [...counts].map(() => null)
      const exact = new Decimal(whole)
      let left = exact
      const months = [...counts.values()]
      return months.map((n, i) => {
        const part = i === months.length - 1 ? left : exact.times(n).div(total).toDecimalPlaces(places, Decimal.ROUND_DOWN)
        left = left.minus(part)
        return part
      })
    }
    const quantities = share(amount, scale)
    const costs = share(money, 2)
    return [...counts.keys()].map((month, i) => ({ month, quantity: quantities[i]!, cost: costs[i]! }))
  }

  /** Bills of one institution and period become one form's figures. */
  finish(): Group[] {
    const annual = this.mapping.form?.endsWith('annual')
    const groups = new Map<string, { at: Located; totals: Map<string, Decimal>; reads: ReadLine[]; from: number }>()
    const carried = new Set<number>()
    for (const b of this.bills) {
      for (const p of b.parts) {
        const period: Period = parsePeriod(annual ? p.month.slice(0, 4) : p.month)!
        const key = `${b.organizationId} ${period.key}`
        const group = groups.get(key) ?? { at: { organizationId: b.organizationId, period }, totals: new Map<string, Decimal>(), reads: [], from: b.read.line }
        groups.set(key, group)
        const add = (code: string, v: Decimal | null) => v && group.totals.set(code, (group.totals.get(code) ?? new Decimal(0)).plus(v))
        add(b.item, p.quantity)
        if (this.fields.has(`${b.item}Cost`)) add(`${b.item}Cost`, p.cost)
        // A bill over two months stands under the first of them.
        if (!carried.has(b.read.line)) {
          carried.add(b.read.line)
          group.reads.push(b.read)
        }
      }
    }
    const made: Group[] = []
    const tails: { at: Located; values: Record<string, string>; from: number }[] = []
    for (const g of groups.values()) {
      const values = Object.fromEntries([...g.totals].map(([code, v]) => [code, v.toDecimalPlaces(this.fields.get(code)!.type.scale ?? 4, Decimal.ROUND_HALF_UP).toFixed()]))
      const head = g.reads.shift()
      if (head) made.push({ head, others: g.reads, at: g.at, values, also: [] })
      else tails.push({ at: g.at, values, from: g.from })
    }
    // A month that only has the tail of a bill has no line of its own: it is written, or refused, with that bill.
    const byLine = new Map(made.flatMap((m) => [m.head, ...m.others].map((r) => [r.line, m] as const)))
    for (const { from, ...tail } of tails) byLine.get(from)!.also.push(tail)
    return made
  }
}
