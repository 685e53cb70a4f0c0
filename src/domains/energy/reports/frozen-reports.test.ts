import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../kernel/reports/report.rules.ts'
import { energyReports } from './versions.rules.ts'

/** Published versions. A figure that was filed and checked on a form must be readable on the same form for ever. */
const PUBLISHED: Record<string, string> = {
  'energy.monthly_2022': 'c17702252491a93dffc6a7fea2f077ad09df1c96ff2876d126e412750d9bcf87',
  'energy.monthly_2025': '715da85063403bb3aff5550ae6b6929412a2b63e7d6dec9b802597f19749e365',
  'energy.quarterly_2022': '90695905dffef8d138e04583b21fc5d1398049a746dd1b9566463dde8399e782',
  'energy.quarterly_2025': '25b7941ae09552841bd1fa244b899448257dc1be770e1933ff69f3f7a125f3c6',
  'energy.annual_2022': '9c91bd7031df11825791b524daf7fd5c631f3694b248f068be97741400712839',
  'energy.annual_2025': '72d614e4d2ae5ba06434dccb28b05724c3b7bfdefc0aeb07b8fed8f2a1d58089',
}

const INSTEAD = 'this version is published and must not change. Copy its files to a new version (say annual-2027.report.ts with sections of its own), edit the copy, add its table in a migration, and freeze the new hash here.'

describe('published versions stay as they are', () => {
  it.each(energyReports.map((r) => [r.name, r] as const))('%s', async (name, report) => {
    expect(await fingerprint(report), `${name}: ${INSTEAD}`).toBe(PUBLISHED[name])
  })
})
