/** The institutions of one region, complete: what they are, where they stood before and after the boundary change. */
import { profileOf, type Category } from './category.rules.ts'
import { isStaffedBody } from './names.rules.ts'
import { FOUNDED, type Placement, type SampleOrganization } from './organization.rules.ts'
import type { Point } from './points.ts'
import { stream, type Stream } from './random.rules.ts'
import { BEIBEI, BEIBEI_TO_LIANGJIANG, CHANGE_DAY, CITY, JIANGBEI, LIANGJIANG, LIANGJIANG_ZONE, YUBEI, YUBEI_TO_BEIBEI, type SampleRegion } from './regions.ts'
import { pathUnder, superiorIn, MUNICIPAL_DEPARTMENTS } from './tree.rules.ts'
import { inventedUscc } from './uscc-source.rules.ts'
import { personName, phoneNumber, streetAddress } from './words.rules.ts'

export interface Sources {
  deal: () => Category
  nameFor: (region: string, category: Category, town: string | null, draw: Stream) => string
  pointIn: (districts: readonly string[], draw: Stream) => Point
  municipalDepartments: number
  historyFrom: string
}

/** Where an institution of this region and town belongs since the change; the region itself for most. */
function regionToday(regionId: number, town: string | null): number {
  if (regionId === JIANGBEI || regionId === LIANGJIANG_ZONE) return LIANGJIANG
  if (regionId === YUBEI) return town && YUBEI_TO_BEIBEI.includes(town) ? BEIBEI : LIANGJIANG
  if (regionId === BEIBEI && town && BEIBEI_TO_LIANGJIANG.includes(town)) return LIANGJIANG
  return regionId
}

function townOf(regionId: number, draw: Stream): string | null {
  if (regionId === YUBEI && draw.chance(0.25)) return draw.pick(YUBEI_TO_BEIBEI)
  if (regionId === BEIBEI && draw.chance(0.35)) return draw.pick(BEIBEI_TO_LIANGJIANG)
  return null
}

function sizes(category: Category, regionId: number, name: string, draw: Stream): { people: number; area: string } {
  const p = profileOf(category)
  // A university is not a kindergarten: what the city itself runs is larger, and the name says the rest.
  const rank = regionId === CITY ? (category === '021' ? 9 : category === '024' ? 6 : 2.2) : /中学|职业|实验/.test(name) ? 1.9 : /幼儿园|文化站|服务站/.test(name) ? 0.4 : /人民医院|中医院/.test(name) ? 3 : 0.85
  const people = Math.max(4, Math.round(p.people * rank * draw.factor(0.45)))
  return { people, area: (people * p.areaPerHead * draw.factor(0.3)).toFixed(2) }
}

export function institutionsOf(region: SampleRegion, firstId: number, count: number, from: Sources): SampleOrganization[] {
  const made: SampleOrganization[] = []
  for (let i = 0; i < count; i++) {
    const id = firstId + i
    const draw = stream('institution', id)
    const own = region.id === CITY && i < from.municipalDepartments
    const category = own ? '01' : from.deal()
    const prefix = region.id === CITY ? '重庆市' : region.name
    const town = townOf(region.id, draw)
    const name = own ? `重庆市${MUNICIPAL_DEPARTMENTS[i]}（本级）` : from.nameFor(prefix, category, town, draw)
    const { people, area } = sizes(category, region.id, name, draw)
    const today = regionToday(region.id, town)
    const place = (regionId: number, validFrom: string, validTo: string | null): Placement => {
      const superiorId = superiorIn(regionId, own ? '' : category, from.municipalDepartments, own ? i : id)
      return { validFrom, validTo, regionId, superiorId, orgPath: pathUnder(regionId, superiorId, id) }
    }
    // A few came into being while the ledgers already ran.
    const young = !own && draw.chance(0.012)
    const validFrom = young ? `${draw.int(2022, 2024)}-0${draw.int(1, 9)}-01` : FOUNDED
    const placements = today === region.id ? [place(region.id, validFrom, null)] : [place(region.id, validFrom, CHANGE_DAY), place(today, CHANGE_DAY, null)]
    const now = placements.at(-1)!
    made.push({
      id, kind: 'institution', code: null, name, shortName: null, category,
      uscc: inventedUscc(category === '01' ? '11' : category === '03' ? (isStaffedBody(name) ? '13' : '51') : '12', region.registration, id),
      level: region.id === CITY ? 'city' : /街道|镇|乡|村/.test(name) ? 'township' : 'district',
      regionId: now.regionId, superiorId: now.superiorId, orgPath: now.orgPath,
      address: streetAddress(prefix, town, draw), point: from.pointIn(region.mapped, draw),
      contactPerson: personName(draw), contactPhone: phoneNumber(draw), buildingArea: area, people,
      hasDataCenter: people > 60 && draw.chance(category === '01' ? 0.16 : category === '024' ? 0.12 : 0.04),
      hasHeating: draw.chance(category === '024' ? 0.09 : 0.025),
      directoryFrom: young ? validFrom : draw.chance(0.01) ? from.historyFrom : '2017-01-01', directoryTo: null,
      validFrom, validTo: null, endReason: null, remarks: null, placements,
    })
  }
  return made
}
