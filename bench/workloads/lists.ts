/** A register of a million rows: filtered lists, the unfiltered total, search by part of a name. */
import { withClient } from '../data.ts'
import { alternate, load } from '../load.ts'
import { figure, latency, type Row } from '../report.ts'
import { signIn, type Session } from '../servers.ts'
import type { Bench, Workload } from '../workload.ts'

const perSecond = (n: number) => `${figure(n)}/s`
const query = (path: string, q: Record<string, unknown>) =>
  `${path}?${new URLSearchParams(Object.fromEntries(Object.entries(q).map(([k, v]) => [k, typeof v === 'string' ? v : JSON.stringify(v)])))}`

async function compare(bench: Bench, session: Session, queries: Record<string, unknown>[], boundPath: string, more: { seconds?: number; slow?: boolean } = {}) {
  const { seconds = bench.seconds, slow } = more
  const [server, bound] = [await bench.ours(bench.data.register), await bench.bound()]
  const found = await alternate(bench.rounds,
    () => load({ url: server.url, headers: session.headers, seconds, requests: queries.map((q) => ({ path: query('/api/organizations', q) })) }),
    () => load({ url: bound.url, seconds, requests: queries.map((q) => ({ path: query(boundPath, q) })) }))
  // Without an index a question may not come to its end in the time that the client waits: then it counts as not answered.
  if (found.ours.failed || (found.bound.failed && !slow)) throw new Error(`refused: ${found.ours.failed} of ours, ${found.bound.failed} of the bound`)
  return found
}
const row = (found: Awaited<ReturnType<typeof compare>>, workload: string, required: number, note?: string): Row => ({
  workload, ours: perSecond(found.ours.perSecond), bound: perSecond(found.bound.perSecond), ratio: figure(found.ratio), required: `≥ ${required}`,
  p50p99: latency(found.ours), kept: found.ratio >= required, note: `${note ? `${note} ` : ''}The bound in the same rounds: ${latency(found.bound)}.`,
})

export const filtered: Workload = {
  name: 'filtered',
  async run(bench) {
    const site = bench.data.register
    const server = await bench.ours(site)
    // Districts and categories that together hold a few thousand rows, as a person narrows a register down.
    const pairs = await withClient(site.connection, async (c) => (await c.query(`
      SELECT region_id AS r, category AS c FROM org.organization WHERE kind = 'institution' GROUP BY 1, 2 HAVING count(*) > 200 ORDER BY md5(region_id::text || category) LIMIT 60`)).rows as { r: number; c: string }[])
    const sorts = ['-people', '-buildingArea', 'name']
    const wide = pairs.map((p, i) => ({ filter: { regionId: [p.r], category: [p.c] }, sort: sorts[i % 3]!, limit: '20' }))
    const own = pairs.map((p) => p.c).filter((c, i, all) => all.indexOf(c) === i).flatMap((c) => sorts.map((sort) => ({ filter: { regionId: [4], category: [c] }, sort, limit: '20' })))
    const rows: Row[] = []
    for (const [who, login, queries] of [['city user', 'shi.shenhe', wide], ['district user', 'yuzhong.shenhe', own], ['unit user', 'yuzhong.xuexiao.tianbao', own]] as const) {
      const session = await signIn(server, site, login)
      rows.push(row(await compare(bench, session, [...queries], '/list'), `20 of a million, filtered, sorted, with total: ${who}`, 0.7))
    }
    return rows
  },
}

export const unfiltered: Workload = {
  name: 'unfiltered',
  async run(bench) {
    const session = await signIn(await bench.ours(bench.data.register), bench.data.register, 'shi.shenhe')
    const queries = ['-people', '-buildingArea', 'name', 'id'].map((sort) => ({ sort, limit: '20' }))
    return [row(await compare(bench, session, queries, '/list'), 'the same unfiltered, total estimated, against an exact count', 10)]
  },
}

/** Parts of names from rare to common. */
const PARTS = ['实验中学', '第三小学', '人民医院', '文化馆', '图书馆', '职业', '幼儿园', '卫生', '税务', '林业']
export const search: Workload = {
  name: 'search',
  async run(bench) {
    const session = await signIn(await bench.ours(bench.data.register), bench.data.register, 'shi.shenhe')
    const queries = PARTS.map((q) => ({ q, limit: '20' }))
    return [row(await compare(bench, session, queries, '/search', { seconds: 15, slow: true }), 'search by part of a Chinese name in a million rows', 5, `Parts searched for: ${PARTS.join('、')}.`)]
  },
}
