/** The small parts of a workbook: which sheets it has, which date system, which cell styles are dates. */
import { inflate } from './zip-entry.ts'
import { readXml, type XmlEvents } from './xml-events.ts'
import { timeFormat, type TimeFormat } from './number-format.rules.ts'
import { refusals } from './refusals.ts'
import type { ZipEntry } from './zip-directory.ts'

export type Entries = ReadonlyMap<string, ZipEntry>

export interface Workbook {
  sheets: { name: string; hidden: boolean; part: string }[]
  date1904: boolean
  sharedStrings: string | undefined
  styles: string | undefined
}

export async function readPart(
  path: string,
  entries: Entries,
  name: string,
  events: XmlEvents,
): Promise<void> {
  const entry = entries.get(name)
  if (!entry) throw refusals.damaged(name)
  await readXml(inflate(path, entry), name, events)
}

interface Relation {
  type: string
  target: string
}

async function relations(path: string, entries: Entries, of: string): Promise<Map<string, Relation>> {
  const slash = of.lastIndexOf('/') + 1
  const part = `${of.slice(0, slash)}_rels/${of.slice(slash)}.rels`
  const found = new Map<string, Relation>()
  if (!entries.has(part)) return found
  await readPart(path, entries, part, {
    open(name, a) {
      if (name !== 'Relationship' || a['TargetMode'] === 'External') return
      // Both the transitional and the strict namespace end alike.
      const type = (a['Type'] ?? '').split('/').at(-1)!
      found.set(a['Id'] ?? '', { type, target: resolve(of.slice(0, slash), a['Target'] ?? '') })
    },
  })
  return found
}

function resolve(folder: string, target: string): string {
  const steps: string[] = []
  for (const step of (target.startsWith('/') ? target : folder + target).split('/')) {
    if (step === '..') steps.pop()
    else if (step && step !== '.') steps.push(step)
  }
  return steps.join('/')
}

export async function readWorkbook(path: string, entries: Entries): Promise<Workbook> {
  const root = await relations(path, entries, '')
  const part = [...root.values()].find((r) => r.type === 'officeDocument')?.target ?? 'xl/workbook.xml'
  if (!entries.has(part) || !part.endsWith('.xml')) throw refusals.notAWorkbook()
  const related = await relations(path, entries, part)
  const target = (type: string): string | undefined =>
    [...related.values()].find((r) => r.type === type && entries.has(r.target))?.target
  const workbook: Workbook = {
    sheets: [],
    date1904: false,
    sharedStrings: target('sharedStrings'),
    styles: target('styles'),
  }
  let top = ''
  await readPart(path, entries, part, {
    open(name, a) {
      top ||= name
      if (name === 'workbookPr' && a['date1904'] !== undefined)
        workbook.date1904 = a['date1904'] === '1' || a['date1904'] === 'true'
      if (name !== 'sheet') return
      const id = Object.keys(a).find((k) => k === 'r:id' || k.endsWith(':id'))
      const relation = id === undefined ? undefined : related.get(a[id]!)
      // Charts and dialogs have tabs too, but no rows.
      if (relation?.type !== 'worksheet' || !entries.has(relation.target)) return
      workbook.sheets.push({
        name: a['name'] ?? '',
        hidden: /hidden/i.test(a['state'] ?? ''),
        part: relation.target,
      })
    },
  })
  if (top !== 'workbook' || workbook.sheets.length === 0) throw refusals.notAWorkbook()
  return workbook
}

/** By style number of a cell: whether its number is a day or a time. */
export async function readTimeStyles(
  path: string,
  entries: Entries,
  part: string | undefined,
): Promise<TimeFormat[]> {
  const styles: TimeFormat[] = []
  if (part === undefined) return styles
  const codes = new Map<number, string>()
  let inCells = false
  await readPart(path, entries, part, {
    open(name, a) {
      if (name === 'numFmt' && !inCells) codes.set(Number(a['numFmtId']), a['formatCode'] ?? '')
      else if (name === 'cellXfs') inCells = true
      else if (name === 'xf' && inCells) {
        const id = Number(a['numFmtId'] ?? 0)
        styles.push(timeFormat(id, codes.get(id)))
      }
    },
    close(name) {
      if (name === 'cellXfs') inCells = false
    },
  })
  return styles
}
