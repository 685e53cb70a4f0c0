import { describe, expect, it } from 'vitest'
import { fingerprint } from '../../../kernel/reports/report.rules.ts'
import { energyReports } from './versions.rules.ts'

/** Published versions. A figure that was filed and checked on a form must be readable on the same form for ever. */
const PUBLISHED: Record<string, string> = {
  'energy.monthly_2022': '01fea024e3d97911d74a0ab5301086e44dd93e149635b4b1055b0fafcdcdd7e0',
  'energy.monthly_2025': 'a3651f2521bf62b65dc8e08e63dc80f0d3d9af3f694814d0d8f70d414615c678',
  'energy.quarterly_2022': 'be320e85bfcbe5665f15ef3a9256c77ff9c4916c87217bbea334a237b690ca71',
  'energy.quarterly_2025': 'c062bc2db8694f6d0672dc4adacc900b0daf52586ce778c6ace5f260a26cbf15',
  'energy.annual_2022': 'cc461cd2e42b0319db878e390b65edb9b4706e57df06ca230cf673314fa1f826',
  'energy.annual_2025': '710d9f161dbddfca6bb86b7c933af0553cad015d92efd575cd507de28101fd1b',
}

const INSTEAD = 'this version is published and must not change. Copy its files to a new version (say annual-2027.report.ts with sections of its own), edit the copy, add its table in a migration, and freeze the new hash here.'

describe('published versions stay as they are', () => {
  it.each(energyReports.map((r) => [r.name, r] as const))('%s', async (name, report) => {
    expect(await fingerprint(report), `${name}: ${INSTEAD}`).toBe(PUBLISHED[name])
  })
})
