/**
 * Who may do what to a school of Yuzhong's education department. Each cell is tried on a school of its own.
 *
 *   filler, head    at the school       department   its superior        district   above that
 *   sibling         another district    city         reviewer of all     leader     reads all
 *   admin           keeps the people, sees no register and of imports only lists of people       nobody   not signed in
 */
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { testApi, type Answer, type Visitor } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const api = await testApi(database, domains)

const ACTORS = ['filler', 'head', 'department', 'district', 'sibling', 'city', 'leader', 'admin', 'nobody'] as const
type ActorName = (typeof ACTORS)[number]
const posts: Record<Exclude<ActorName, 'nobody'>, [(school: number) => number, Role]> = {
  filler: [(s) => s, 'filler'], head: [(s) => s, 'responsible'], department: [() => city.education, 'district_reviewer'], district: [() => city.yuzhong, 'district_reviewer'],
  sibling: [() => city.wanzhou, 'district_reviewer'], city: [() => city.city, 'city_reviewer'], leader: [() => city.city, 'leader'], admin: [() => city.city, 'system_administrator'],
}
const form = 'energy.monthly'
const period = '2026-01'
const GOOD = { buildingArea: '5000', people: '100', electricity: '9000', electricityCost: '6300', water: '300', waterCost: '1200' }

interface Scene { school: number; filing?: { id: number; version: number }; batch?: number }
let n = 0
async function school(): Promise<Scene> {
  return { school: await city.institution({ name: `学校${++n}`, superiorId: city.education, regionId: city.regions.yuzhong, category: '021' }) }
}
const filed = (standing: 'draft' | 'submitted' | 'accepted1' | 'accepted2') => async (): Promise<Scene> => {
  const scene = await school()
  const head = await api.as(await city.actorAt(scene.school, 'responsible'))
  let { facts } = (await head.post('/filings/save', { form, period, organizationId: scene.school, version: null, values: GOOD })).body
  if (standing !== 'draft') facts = (await head.post(`/filings/${facts.id}/submit`, { version: facts.version })).body.facts
  const level = standing === 'accepted1' ? 1 : standing === 'accepted2' ? 2 : 0
  if (level) facts = (await db.asSystem('test', (trx) => trx.one<any>(sql`UPDATE reports.filing SET accepted_level = ${level} WHERE id = ${facts.id} RETURNING id, version`)))!
  return { ...scene, filing: { id: facts.id, version: facts.version } }
}
const batched = async (): Promise<Scene> => {
  const scene = await school()
  const path = `1.${city.yuzhong}.${city.education}.`
  const { id } = (await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`
    INSERT INTO imports.batch (target, file_name, file_hash, file_size, mapping, org_path, by_name, state, counts) VALUES ('institutions', 'a.csv', 'x', 1, '{"columns":{}}', ${path}, '教委', 'checked', '{"error":0}') RETURNING id`)))!
  return { ...scene, batch: id }
}
const choose = (s: Scene) => ({ filings: [{ id: s.filing!.id, version: s.filing!.version }] })
const act = { effective: '2026-02-01', basis: '渝中委编〔2026〕7 号' }

interface Row { what: string; scene: () => Promise<Scene>; run: (who: Visitor, s: Scene) => Promise<Answer>; cells: Record<ActorName, string> }
const row = (what: string, scene: Row['scene'], run: Row['run'], cells: string): Row => {
  const words: Record<string, string> = { o: 'ok', f: 'forbidden', n: 'not_found', s: 'skipped', u: 'unauthenticated', r: 'refused' }
  return { what, scene, run, cells: Object.fromEntries(cells.split(' ').map((c, i) => [ACTORS[i], words[c]])) as Row['cells'] }
}
/*                                                                                                                        filler head department district sibling city leader admin nobody */
const rows: Row[] = [
  row('see the school', school, (w, s) => w.get(`/organizations/${s.school}`), 'o o o o n o o f u'),
  row('its history', school, (w, s) => w.get(`/organizations/${s.school}/history`), 'o o o o n o o f u'),
  row('change it', school, (w, s) => w.post(`/organizations/${s.school}`, { version: 1, patch: { people: 7 } }), 'f f o o n o f f u'),
  row('change many', school, (w, s) => w.post('/organizations/bulk/apply', { selection: { ids: [s.school] }, patch: { people: 7 }, expected: 1, reason: '更正' }), 'f f o o r o f f u'),
  row('found one beside it', school, (w) => w.post('/organizations', { values: { name: `新学校${++n}`, category: '021', regionId: city.regions.yuzhong, superiorId: city.education } }), 'f f o o n o f f u'),
  row('rename it by an act', school, (w, s) => w.post('/organization-changes', { change: { kind: 'rename', id: s.school, name: `更名${++n}`, ...act } }), 'f f o o n o f f u'),
  row('rehearse its end', school, (w, s) => w.post('/organization-changes/preview', { change: { kind: 'abolish', ids: [s.school], reason: '撤销', ...act } }), 'f f o o n o f f u'),
  row('move it to the district', school, (w, s) => w.post('/organization-changes', { change: { kind: 'move', ids: [s.school], superiorId: city.yuzhong, ...act } }), 'f f n o n o f f u'),
  row('open its form', filed('draft'), (w, s) => w.get('/filings/open', { form, period, organizationId: s.school }), 'o o o o n o o f u'),
  row('list what it filed', filed('draft'), (w, s) => w.get(`/organizations/${s.school}/filings`), 'o o o o n o o f u'),
  row('fill it', filed('draft'), (w, s) => w.post('/filings/save', { form, period, organizationId: s.school, version: s.filing!.version, values: { water: '301' } }), 'o o o o n o f f u'),
  row('begin one', school, (w, s) => w.post('/filings/save', { form, period, organizationId: s.school, version: null, values: GOOD }), 'o o o o n o f f u'),
  row('submit it', filed('draft'), (w, s) => w.post(`/filings/${s.filing!.id}/submit`, { version: s.filing!.version }), 'f o o o n o f f u'),
  row('withdraw it', filed('submitted'), (w, s) => w.post(`/filings/${s.filing!.id}/withdraw`, { version: s.filing!.version, reason: '抄错' }), 'f o o o n o f f u'),
  row('withdraw what was accepted', filed('accepted1'), (w, s) => w.post(`/filings/${s.filing!.id}/withdraw`, { version: s.filing!.version, reason: '抄错' }), 'f r r r n r f f u'),
  row('accept at once', filed('submitted'), (w, s) => w.post('/reviews/accept', choose(s)), 'f f o o n s f f u'),
  row('accept after the superior', filed('accepted1'), (w, s) => w.post('/reviews/accept', choose(s)), 'f f s s n o f f u'),
  row('return what was submitted', filed('submitted'), (w, s) => w.post('/reviews/return', { ...choose(s), remarks: '请核对' }), 'f f o o n o f f u'),
  row('return what the city accepted', filed('accepted2'), (w, s) => w.post('/reviews/return', { ...choose(s), remarks: '请核对' }), 'f f s s n o f f u'),
  row('remark a cell', filed('submitted'), (w, s) => w.post(`/reviews/${s.filing!.id}/remark`, { item: 'water', text: '请核对' }), 'f f o o n o f f u'),
  row('read what was changed', filed('submitted'), (w, s) => w.get(`/filings/${s.filing!.id}/history`), 'o o o o n o o f u'),
  row('lock a period', school, (w) => w.post('/periods/lock', { form, period: `20${30 + (++n % 60)}-${String((n % 12) + 1).padStart(2, '0')}`, regionId: null, reason: '已上报' }), 'f f f f f o f f u'),
  row('grant an exception', school, (w, s) => w.post('/periods/exception', { form, period, organizationId: s.school, reason: '更正', until: '2099-01-01T00:00:00+08:00' }), 'f f f f f o f f u'),
  row('see an import', batched, (w, s) => w.get(`/imports/${s.batch}`), 'n f o o n o f n u'),
  row('its lines', batched, (w, s) => w.get(`/imports/${s.batch}/lines`), 'n f o o n o f n u'),
  row('write it', batched, (w, s) => w.post(`/imports/${s.batch}/apply`, { accept: 'all' }), 'n f o o n o f n u'),
  row('give it up', batched, (w, s) => w.post(`/imports/${s.batch}/cancel`), 'n f o o n o f n u'),
  row('take it back', batched, (w, s) => w.post(`/imports/${s.batch}/undo`, { reason: '传错' }), 'n f r r n r f n u'),
]

const outcome = (a: Answer): string => {
  if (a.status !== 200) return a.body.code === 'invalid_input' ? 'not_found' : a.body.code
  return a.body.skipped?.length ? 'skipped' : 'ok'
}

const READS = new Set(['see the school', 'its history', 'open its form', 'list what it filed', 'read what was changed', 'see an import', 'its lines'])
describe.each(rows)('$what', ({ what, scene, run, cells }) => {
  test.each(ACTORS)('%s', async (name) => {
    const s = await scene()
    const who = name === 'nobody' ? api.nobody : await api.as(await city.actorAt(posts[name][0](s.school), posts[name][1]))
    const { id: before } = (await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT coalesce(max(id), 0) AS id FROM audit.entry`)))
    const answer = await run(who, s)
    expect(outcome(answer), answer.text.slice(0, 300)).toBe(cells[name])
    // What was done left its line in the trail, what was refused one that says so, and nothing of what was not to be.
    const lines = await db.asSystem('test', (trx) => trx.rows<any>(sql`SELECT result, code, kind FROM audit.entry WHERE id > ${before}`))
    if (cells[name] === 'ok') expect(lines.length, 'lines').toBeGreaterThan(READS.has(what) ? -1 : 0)
    else expect(lines.filter((l) => l.result === 'done' && l.kind === 'change')).toEqual([])
    if (cells[name] === 'forbidden' || answer.body.code === 'not_found') expect(lines).toMatchObject([{ result: 'refused', code: cells[name] }])
    // What was refused left nothing: neither a new version nor a line of history.
    if (cells[name] !== 'ok') {
      const after = await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT version FROM org.organization WHERE id = ${s.school}`))
      expect(after.version).toBe(1)
      if (s.filing) expect((await db.asSystem('test', (trx) => trx.one<any>(sql`SELECT version FROM reports.filing WHERE id = ${s.filing!.id}`))).version).toBe(s.filing.version)
    }
  })
})

test('what concerns the whole city is not decided in a district, whatever the post there is called', async () => {
  const misplaced = await api.as(await city.actorAt(city.wanzhou, 'city_reviewer'))
  expect((await misplaced.post('/periods/lock', { form, period: '2035-01', regionId: null, reason: '已上报' })).status).toBe(403)
  const town = await api.as(await city.actorAt(city.city, 'city_reviewer'))
  const { id } = (await town.post('/periods/lock', { form, period: '2035-01', regionId: null, reason: '已上报' })).body
  expect((await misplaced.post('/periods/unlock', { id, reason: '想改' })).status).toBe(404)
})

test('what a page is told it may do is what the server then does', async () => {
  for (const standing of ['draft', 'submitted', 'accepted1', 'accepted2'] as const) {
    for (const name of ACTORS.filter((a) => !['nobody', 'admin', 'sibling'].includes(a)) as Exclude<ActorName, 'nobody'>[]) {
      for (const [what, run] of [['accept', (w: Visitor, s: Scene) => w.post('/reviews/accept', choose(s))], ['return', (w: Visitor, s: Scene) => w.post('/reviews/return', { ...choose(s), remarks: '请核对' })],
        ['submit', (w: Visitor, s: Scene) => w.post(`/filings/${s.filing!.id}/submit`, { version: s.filing!.version })], ['withdraw', (w: Visitor, s: Scene) => w.post(`/filings/${s.filing!.id}/withdraw`, { version: s.filing!.version, reason: '抄错' })],
        ['save', (w: Visitor, s: Scene) => w.post('/filings/save', { form, period, organizationId: s.school, version: s.filing!.version, values: { water: '301' } })]] as const) {
        const s = await filed(standing)()
        const who = await api.as(await city.actorAt(posts[name][0](s.school), posts[name][1]))
        const can = (await who.get('/filings/open', { form, period, organizationId: s.school })).body.can as string[]
        expect([standing, name, what, outcome(await run(who, s)) === 'ok']).toEqual([standing, name, what, can.includes(what)])
      }
    }
  }
}, 240_000)
