/** One record read, one record created with its history. */
import { forgetHistory, withClient } from '../data.ts'
import { alternate, load, type LoadRequest } from '../load.ts'
import { figure, latency } from '../report.ts'
import { signIn } from '../servers.ts'
import type { Bench, Workload } from '../workload.ts'

const perSecond = (n: number) => `${figure(n)}/s`

export const record: Workload = {
  name: 'record',
  async run(bench: Bench) {
    const site = bench.data.city
    const ids = await withClient(site.connection, async (c) => (await c.query(`SELECT id FROM org.organization WHERE kind = 'institution' ORDER BY md5(id::text) LIMIT 500`)).rows.map((r) => r.id as number))
    const [server, bound] = [await bench.ours(site), await bench.bound()]
    const { headers } = await signIn(server, site, 'shi.shenhe')
    const seconds = bench.seconds
    const found = await alternate(bench.rounds,
      () => load({ url: server.url, headers, seconds, requests: ids.map((id) => ({ path: `/api/organizations/${id}` })) }),
      () => load({ url: bound.url, seconds, requests: ids.map((id) => ({ path: `/record/${id}` })) }))
    return [{
      workload: 'one record, 16 connections', ours: perSecond(found.ours.perSecond), bound: perSecond(found.bound.perSecond), ratio: figure(found.ratio),
      required: '≥ 0.35, p99 ≤ 12 ms', p50p99: latency(found.ours), kept: found.ratio >= 0.35 && found.ours.p99 <= 12 && found.ours.failed === 0,
      note: `The bound in the same rounds: ${latency(found.bound)}.`,
    }]
  },
}

const NAME = '基准测试新增机构'
/** What the rounds created goes again, with its history. */
async function clear(bench: Bench): Promise<number> {
  return withClient(bench.data.city.connection, async (c) => {
    await c.query(`SET session_replication_role = replica`)
    await c.query(`CREATE TEMP TABLE made AS SELECT id FROM org.organization WHERE name LIKE '${NAME}%'`)
    await forgetHistory(c, `entity = 'org.organization' AND record_id IN (SELECT id FROM made)`)
    await c.query(`DELETE FROM org.placement WHERE organization_id IN (SELECT id FROM made)`)
    return (await c.query(`DELETE FROM org.organization WHERE id IN (SELECT id FROM made)`)).rowCount ?? 0
  })
}

export const create: Workload = {
  name: 'create',
  async run(bench) {
    const site = bench.data.city
    const [server, bound] = [await bench.ours(site), await bench.bound()]
    const { headers } = await signIn(server, site, 'shi.shenhe')
    const json = { 'content-type': 'application/json' }
    const values = { name: `${NAME}__N__`, code: 'B__N__', category: '021', regionId: 4, address: '渝中区人民路 1 号', buildingArea: '12000.50', people: 350, contactPerson: '张三' }
    const superiorId = await withClient(site.connection, async (c) => (await c.query(`SELECT id FROM org.organization WHERE kind = 'district' AND region_id = 4 AND valid_to IS NULL`)).rows[0].id as number)
    const post = (path: string, body: object, more: object = {}): LoadRequest => ({ method: 'POST', path, headers: { ...json, ...more }, body: JSON.stringify(body) })
    const seconds = bench.seconds
    try {
      const found = await alternate(bench.rounds,
        () => load({ url: server.url, headers, seconds, requests: [post('/api/organizations', { values })] }),
        () => load({ url: bound.url, seconds, requests: [post('/create', { values: { ...values, superiorId } })] }))
      if (found.ours.failed || found.bound.failed) throw new Error(`refused: ${found.ours.failed} of ours, ${found.bound.failed} of the bound`)
      const lacking = await withClient(site.connection, async (c) => (await c.query(`
        SELECT count(*)::int AS n FROM org.organization o WHERE o.name LIKE '${NAME}%'
          AND NOT EXISTS (SELECT FROM audit.change h WHERE h.entity = 'org.organization' AND h.record_id = o.id AND h.action = 'create')`)).rows[0].n as number)
      return [{
        workload: 'create with its history row, 16 connections', ours: perSecond(found.ours.perSecond), bound: perSecond(found.bound.perSecond), ratio: figure(found.ratio),
        required: '≥ 0.3', p50p99: latency(found.ours), kept: found.ratio >= 0.3 && lacking === 0,
        note: `The bound inserts into the same table, whose triggers write the history there too. Rows without history: ${lacking}. The bound in the same rounds: ${latency(found.bound)}.`,
      }]
    } finally {
      bench.say(`  cleared ${await clear(bench)} records`)
    }
  },
}
