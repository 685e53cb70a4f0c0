/** Whether a point lies within a district's border, by the schematic map that ships with the project. */
import fs from 'node:fs'

type Ring = [number, number][]
interface Feature {
  properties: { adcode: string; name: string }
  geometry: { type: 'Polygon'; coordinates: Ring[] } | { type: 'MultiPolygon'; coordinates: Ring[][] }
}

interface District {
  name: string
  polygons: Ring[][]
  /** West, south, east, north: most points are outside of most districts, and this says so cheaply. */
  box: [number, number, number, number]
}

let districts: Map<string, District> | undefined

function boxOf(polygons: Ring[][]): District['box'] {
  const box: District['box'] = [Infinity, Infinity, -Infinity, -Infinity]
  for (const [outer] of polygons) for (const [x, y] of outer!) {
    box[0] = Math.min(box[0], x)
    box[1] = Math.min(box[1], y)
    box[2] = Math.max(box[2], x)
    box[3] = Math.max(box[3], y)
  }
  return box
}

function load() {
  if (districts) return districts
  const file = new URL('../../../../data/map/chongqing_38.geojson', import.meta.url)
  const { features } = JSON.parse(fs.readFileSync(file, 'utf8')) as { features: Feature[] }
  districts = new Map(
    features.map((f) => {
      const polygons = f.geometry.type === 'Polygon' ? [f.geometry.coordinates] : f.geometry.coordinates
      return [f.properties.adcode, { name: f.properties.name, polygons, box: boxOf(polygons) }]
    }),
  )
  return districts
}

function insideRing(x: number, y: number, ring: Ring): boolean {
  let inside = false
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i]!
    const [xj, yj] = ring[j]!
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

const inside = (x: number, y: number, { polygons, box }: District) =>
  x >= box[0] && x <= box[2] && y >= box[1] && y <= box[3] && polygons.some(([outer, ...holes]) => insideRing(x, y, outer!) && !holes.some((h) => insideRing(x, y, h)))

/** The box around a mapped district. */
export const districtBox = (code: string): District['box'] | null => load().get(code)?.box ?? null

/** Adcode of the district a point lies in, as divided before November 2025; null outside the city. */
export function districtAt(longitude: number, latitude: number): { code: string; name: string } | null {
  for (const [code, d] of load()) if (inside(longitude, latitude, d)) return { code, name: d.name }
  return null
}

// Districts that stand for parts of the mapped ones: a point is right in any of these.
const COVERS: Record<string, string[]> = {
  '500000': [],
  'CQ-LJ': ['500105', '500112', '500109'],
  'CQ-LJXQ': ['500105', '500112', '500109'],
  'CQ-GX': ['500106', '500107', '500116', '500120'],
  'CQ-WS': ['500110'],
  // five towns of the former Yubei belong to Beibei since 2025-11
  '500109': ['500109', '500112'],
}
/** The map is simplified: a point this near (degrees, about 2 km) to the border is not called wrong. */
const TOLERANCE = 0.02

export function locationProblem(longitude: number, latitude: number, regionCode: string): string | null {
  const here = districtAt(longitude, latitude)
  if (!here) {
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const)
      if (districtAt(longitude + dx * TOLERANCE, latitude + dy * TOLERANCE)) return null
    return `坐标（${longitude}, ${latitude}）不在重庆市范围内，请检查经纬度是否填反或抄错。`
  }
  const allowed = COVERS[regionCode] ?? [regionCode]
  if (!allowed.length || allowed.includes(here.code)) return null
  const known = load()
  for (const code of allowed) {
    const d = known.get(code)
    if (!d) continue
    for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]] as const)
      if (inside(longitude + dx * TOLERANCE, latitude + dy * TOLERANCE, d)) return null
  }
  return `坐标落在${here.name}，与所填区划不一致。请检查坐标或区划。`
}
