/**
 * What a real register has and a clean one has not: mergers and closures, records kept twice, points in the
 * wrong place, areas in the wrong unit. Each on purpose, each where the data-quality screens should find it.
 */
import { FOUNDED, type SampleOrganization } from './organization.rules.ts'
import type { Point } from './points.ts'
import type { SampleRegion } from './regions.ts'

export interface SampleChange {
  kind: 'merge' | 'abolish' | 'move'
  effective: string
  basis: string
  note: string
  /** Path of the organisation that carried it out. */
  orgPath: string
  fromIds: number[]
  toId: number | null
  totals: { before: Totals; after: Totals }
}
export interface Totals { organizations: number; people: number; buildingArea: string }

export const totalsOf = (of: readonly SampleOrganization[]): Totals => ({
  organizations: of.length,
  people: of.reduce((n, o) => n + (o.people ?? 0), 0),
  buildingArea: (of.reduce((n, o) => n + Math.round(Number(o.buildingArea ?? 0) * 100), 0) / 100).toFixed(2),
})

function end(o: SampleOrganization, on: string, reason: string): void {
  o.validTo = on
  o.directoryTo = on
  o.endReason = reason
  o.placements.at(-1)!.validTo = on
}

const movable = (o: SampleOrganization) => o.validFrom === FOUNDED && o.validTo === null && o.placements.length === 1

function merge(of: SampleOrganization[], on: string): SampleChange | null {
  const [into, gone] = of.filter((o) => o.category === '026' && movable(o))
  if (!into || !gone) return null
  const before = totalsOf([into, gone])
  into.survey = { people: into.people!, buildingArea: into.buildingArea!, until: on }
  into.people = before.people
  into.buildingArea = before.buildingArea
  end(gone, on, `并入${into.name}`)
  return { kind: 'merge', effective: on, basis: '示例编委〔2025〕3 号', note: '事业单位整合', orgPath: into.orgPath, fromIds: [gone.id], toId: into.id, totals: { before, after: totalsOf([into]) } }
}

function abolish(of: SampleOrganization[], on: string): SampleChange | null {
  const gone = of.filter((o) => o.category === '021' && movable(o)).at(-1)
  if (!gone) return null
  const before = totalsOf([gone])
  end(gone, on, '生源减少，停止办学')
  return { kind: 'abolish', effective: on, basis: '示例教委〔2024〕17 号', note: '停止办学', orgPath: gone.orgPath, fromIds: [gone.id], toId: null, totals: { before, after: totalsOf([]) } }
}

/** The last record of the region becomes a second record of the first school. */
function repeat(of: SampleOrganization[]): void {
  const twin = of.at(-1)!
  const first = of.find((o) => o.category === '021' && o.validTo === null && o.id !== twin.id)
  if (!first || first.placements.length > 1 || twin.placements.length > 1) return
  Object.assign(twin, {
    name: `重庆市${first.name}`, category: first.category, level: first.level, address: first.address, point: first.point, people: first.people,
    buildingArea: first.buildingArea, uscc: null, code: `YL-${twin.id}`, superiorId: first.superiorId, orgPath: first.orgPath.replace(`${first.id}.`, `${twin.id}.`),
    validFrom: FOUNDED, directoryFrom: '2017-01-01', remarks: '示例：疑似重复记录',
  })
  twin.placements = [{ ...first.placements[0]!, orgPath: twin.orgPath }]
}

export function roughen(region: SampleRegion, of: SampleOrganization[], elsewhere: (draw: string) => Point): SampleChange[] {
  if (of.length < 8) return []
  const n = region.id
  const changes: (SampleChange | null)[] = []
  if (n % 6 === 4) changes.push(merge(of, '2025-03-01'))
  if (n % 9 === 5) changes.push(abolish(of, '2024-09-01'))
  if (n % 7 === 4) repeat(of)
  const third = of[Math.floor(of.length / 3)]!
  if (n % 10 === 2) Object.assign(third, { point: [third.point![1], third.point![0]], remarks: '示例：经纬度填反' })
  if (n % 10 === 7) Object.assign(third, { point: elsewhere(region.code), remarks: '示例：坐标落在别的区县' })
  const half = of[Math.floor(of.length / 2)]!
  if (n % 11 === 3 && half.validTo === null && !half.survey) Object.assign(half, { survey: { people: half.people!, buildingArea: half.buildingArea!, until: null }, buildingArea: (Number(half.buildingArea) / 10_000).toFixed(2), remarks: '示例：建筑面积按万㎡填写' })
  return changes.filter((c) => c !== null)
}
