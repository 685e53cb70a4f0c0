/** Days, months and hours are those of Shanghai, wherever the machine and the database think they are (C59). */
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { lastDue } from '../kernel/backup/due.rules.ts'
import { parseDay } from '../kernel/quantities/dates.rules.ts'
import { lastEnded, todayInChongqing } from '../kernel/reports/period.rules.ts'
import { hourNow, instantText, today } from '../kernel/ui/text.web.ts'
import { testDatabase } from '../kernel/test/database.ts'

const { connection } = await testDatabase()
const owner = new pg.Client(connection)
beforeAll(() => owner.connect())
afterAll(() => owner.end())
const home = process.env.TZ
/** The last moment of a year in Shanghai, and the first of the next. */
const LAST = '2026-12-31T15:59:59.999Z'
const FIRST = '2026-12-31T16:00:00.000Z'

describe.each(['UTC', 'America/New_York', 'Asia/Shanghai', 'Pacific/Kiritimati'])('a machine in %s', (zone) => {
  beforeAll(() => {
    process.env.TZ = zone
    // Otherwise all of this would say nothing.
    expect(new Date(FIRST).getTimezoneOffset()).toBe({ UTC: 0, 'America/New_York': 300, 'Asia/Shanghai': -480, 'Pacific/Kiritimati': -840 }[zone])
  })
  afterAll(() => {
    vi.useRealTimers()
    if (home === undefined) delete process.env.TZ
    else process.env.TZ = home
  })
  test('the year ends when it ends in Shanghai', () => {
    expect([todayInChongqing(new Date(LAST)), todayInChongqing(new Date(FIRST))]).toEqual(['2026-12-31', '2027-01-01'])
    for (const [months, before, after] of [[1, '2026-11', '2026-12'], [3, '2026Q3', '2026Q4'], [12, '2025', '2026']] as const)
      expect([lastEnded(months, new Date(LAST)).key, lastEnded(months, new Date(FIRST)).key]).toEqual([before, after])
    expect([LAST, FIRST].map(instantText)).toEqual(['2026-12-31 23:59', '2027-01-01 00:00'])
    expect([LAST, FIRST].map((at) => lastDue(new Date(at), '00:00').toISOString())).toEqual(['2026-12-30T16:00:00.000Z', FIRST])
  })
  test('and so it does on a page', () => {
    for (const [at, day, hour] of [[LAST, '2026-12-31', 23], [FIRST, '2027-01-01', 0]] as const) {
      vi.useFakeTimers({ now: new Date(at), toFake: ['Date'] })
      expect([today(), hourNow()]).toEqual([day, hour])
    }
  })
  test('a day in a file is the day that stands there', () => {
    for (const text of ['2026-12-31', '2026年12月31日', '46387']) {
      const read = parseDay(text, { serial: '1900' })
      expect(read.ok && read.value).toBe('2026-12-31')
    }
  })
})

test.each(['UTC', 'America/New_York', 'Pacific/Kiritimati'])('a database in %s', async (zone) => {
  await owner.query(`SET timezone = '${zone}'`)
  const { rows } = await owner.query(`SELECT app.today()::text AS today, to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') AS there, current_setting('timezone') AS zone`)
  expect(rows[0]).toEqual({ today: rows[0].there, there: rows[0].there, zone })
})
