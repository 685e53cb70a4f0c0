/** Points inside a district: drawn once per district by rejection from its bounding box, then handed out. */
import { districtAt, districtBox } from '../../kernel/org/region/border.ts'
import { stream, type Stream } from './random.rules.ts'

const POOL = 240
export type Point = readonly [longitude: string, latitude: string]

/** Answers with a point in one of the districts, by the given stream. */
export function pointSource(): (districts: readonly string[], draw: Stream) => Point {
  const pools = new Map<string, Point[]>()
  const fill = (code: string): Point[] => {
    const box = districtBox(code)
    if (!box) throw new Error(`district ${code} is not on the map`)
    const draw = stream('points', code)
    const points: Point[] = []
    while (points.length < POOL) {
      const x = draw.between(box[0], box[2]).toFixed(6)
      const y = draw.between(box[1], box[3]).toFixed(6)
      if (districtAt(Number(x), Number(y))?.code === code) points.push([x, y])
    }
    pools.set(code, points)
    return points
  }
  return (districts, draw) => {
    const code = draw.pick(districts)
    return draw.pick(pools.get(code) ?? fill(code))
  }
}
