/** The four indicators from the cube, and a roll-up that no cube has. */
import { alternate, alternateTimes, load, median } from '../load.ts'
import { figure, latency } from '../report.ts'
import { signIn } from '../servers.ts'
import type { Workload } from '../workload.ts'

export const indicators: Workload = {
  name: 'indicators',
  async run(bench) {
    const site = bench.data.city
    const [server, bound] = [await bench.ours(site), await bench.bound()]
    const { headers } = await signIn(server, site, 'shi.lingdao')
    const years = ['2021', '2022', '2023', '2024', '2025']
    const found = await alternate(bench.rounds,
      () => load({ url: server.url, headers, seconds: bench.seconds, requests: years.map((y) => ({ path: `/api/energy/indicators?period=${y}&by=region` })) }),
      () => load({ url: bound.url, seconds: bench.seconds, requests: years.map((year) => ({ path: `/indicators?year=${year}` })) }))
    return [{
      workload: 'four indicators by district and year, 16 connections', ours: `${figure(found.ours.perSecond)}/s`, bound: `${figure(found.bound.perSecond)}/s`, ratio: figure(found.ratio),
      required: '≥ 0.7', p50p99: latency(found.ours), kept: found.ratio >= 0.7 && found.ours.failed === 0,
      note: 'Ours answers with the sums, the five values of the four indicators as exact decimals, the total, and how many were expected; the bound with the sums alone.',
    }]
  },
}

const ROLLUPS = [
  { items: 'electricity,water,electricityCost', groupBy: 'region,year' },
  { items: 'heatingNaturalGas,dataCenterElectricity,itElectricity', groupBy: 'region,category' },
  { items: 'petrolVehicle,dieselVehicle,petrolCost', groupBy: 'category,month' },
]
const RANGE = { from: '2021-01-01', before: '2027-01-01' }

export const rollup: Workload = {
  name: 'rollup',
  async run(bench) {
    const site = bench.data.city
    const [server, bound] = [await bench.ours(site), await bench.bound()]
    const { headers } = await signIn(server, site, 'shi.shenhe')
    const times: number[] = []
    const timed = async (url: string, more: Record<string, string> = {}) => {
      const since = performance.now()
      for (const r of ROLLUPS) {
        const answer = await fetch(`${url}?${new URLSearchParams({ ...r, ...RANGE })}`, { headers: more })
        if (!answer.ok) throw new Error(await answer.text())
        await answer.arrayBuffer()
      }
      return (performance.now() - since) / ROLLUPS.length
    }
    const ours = async () => {
      const t = await timed(`${server.url}/api/energy/rollup`, headers)
      times.push(t)
      return t
    }
    await ours()
    await timed(`${bound.url}/rollup`)
    const found = await alternateTimes(bench.rounds * 2, ours, () => timed(`${bound.url}/rollup`))
    return [{
      workload: 'ad-hoc roll-up that no cube has, over all forms', ours: `${figure(found.ours)} ms`, bound: `${figure(found.bound)} ms`, ratio: `${figure(found.ratio)} ×`,
      required: '≤ 1.3 ×', p50p99: latency({ p50: median(times), p99: Math.max(...times) }), kept: found.ratio <= 1.3,
      note: `The bound scans the same wide tables in parallel, unrestricted, all forms. Asked: ${ROLLUPS.map((r) => `${r.items} by ${r.groupBy}`).join('; ')}.`,
    }]
  },
}
