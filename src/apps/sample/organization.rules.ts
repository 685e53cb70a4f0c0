/** One organisation of the sample with where it stood when. */
import type { Category } from './category.rules.ts'
import type { Point } from './points.ts'

export interface Placement {
  validFrom: string
  validTo: string | null
  regionId: number
  superiorId: number | null
  orgPath: string
}

export interface SampleOrganization {
  id: number
  kind: 'city' | 'district' | 'department' | 'institution'
  code: string | null
  uscc: string | null
  name: string
  shortName: string | null
  category: Category | null
  level: 'city' | 'district' | 'township'
  regionId: number
  superiorId: number | null
  orgPath: string
  address: string | null
  point: Point | null
  contactPerson: string | null
  contactPhone: string | null
  /** Two decimals, ㎡. */
  buildingArea: string | null
  people: number | null
  hasDataCenter: boolean
  hasHeating: boolean
  directoryFrom: string | null
  directoryTo: string | null
  validFrom: string
  validTo: string | null
  endReason: string | null
  remarks: string | null
  placements: Placement[]
  /** What its forms say where the register is wrong or has changed since. */
  survey?: Survey
}
export interface Survey {
  people: number
  buildingArea: string
  /** From this day on the register is right again. */
  until: string | null
}

export const FOUNDED = '1997-06-18'

/** Stands in one place for its whole life. */
export function settled(o: Omit<SampleOrganization, 'placements' | 'survey'>): SampleOrganization {
  return { ...o, placements: [{ validFrom: o.validFrom, validTo: o.validTo, regionId: o.regionId, superiorId: o.superiorId, orgPath: o.orgPath }] }
}
