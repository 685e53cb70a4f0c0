/** The auditor's search over ten million lines, beside the same query asked bare; and how fast lines are sealed. */
import pg from 'pg'
import { openDatabase } from '../../src/kernel/db/database.ts'
import { openKeys, Sealer } from '../../src/kernel/audit/seal.ts'
import { page, questionOf } from '../../src/kernel/audit/search.ts'
import type { Searched } from '../../src/kernel/audit/audit.contract.ts'
import { captured } from '../captured.ts'
import { withClient } from '../data.ts'
import { figure, type Row } from '../report.ts'
import { startOurs, type Running } from '../servers.ts'
import { trailOn } from '../trail.ts'
import type { Workload } from '../workload.ts'

/** Each asked with other values every time: what an auditor looks for, from everything to almost nothing. */
const day = (n: number) => new Date(Date.now() - n * 86_400_000).toISOString()
const SEARCHES: Record<string, (n: number) => Searched> = {
  'everything, newest first': () => ({}),
  'a day three months ago': (n) => ({ from: day(90 + (n % 30)), to: day(89 + (n % 30)) }),
  'one person': (n) => ({ personId: 1 + ((n * 37) % 5000) }),
  'one operation, refused': () => ({ operation: 'filing.submit', result: 'refused' }),
  'one record': (n) => ({ entity: 'energy.monthly_2025', recordId: 1 + ((n * 7919) % 900_000) }),
  'a person in a month': (n) => ({ personId: 1 + ((n * 41) % 5000), from: day(150), to: day(120) }),
  'words of the reason': (n) => ({ words: `第${1 + ((n * 13) % 20_000)}号` }),
}

const at = (list: number[], part: number) => list.toSorted((a, b) => a - b)[Math.min(list.length - 1, Math.floor(list.length * part))]!
async function timed(times: number, run: (n: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = []
  for (let n = 0; n < times; n++) {
    const began = performance.now()
    await run(n)
    took.push(performance.now() - began)
  }
  return took
}

export async function measureTrail(connection: pg.ClientConfig, server: Running, headers: Record<string, string>, times: number, lines: number): Promise<Row[]> {
  const bare = new pg.Pool({ ...connection, max: 2 })
  const db = openDatabase(connection, { app: 1, system: 2 })
  const rows: Row[] = []
  try {
    for (const [what, asked] of Object.entries(SEARCHES)) {
      const ask = async (n: number) => {
        const query = new URLSearchParams(Object.fromEntries(Object.entries(asked(n)).map(([k, v]) => [k, String(v)])))
        const answer = await fetch(`${server.url}/api/audit/entries?${query}`, { headers })
        if (!answer.ok) throw new Error(await answer.text())
        await answer.arrayBuffer()
      }
      const bound = async (n: number) => {
        const question = await questionOf(db, asked(n))
        const [statement] = await captured([], (trx) => page(trx, question, 51))
        if (statement) await bare.query(statement.text, statement.values)
      }
      await timed(3, ask)
      await timed(3, bound)
      const [ours, theirs] = [await timed(times, ask), await timed(times, bound)]
      rows.push({
        workload: `the trail, ${lines / 1e6} million lines: ${what}`, ours: `${figure(at(ours, 0.5))} ms`, bound: `${figure(at(theirs, 0.5))} ms`, ratio: figure(at(theirs, 0.5) / at(ours, 0.5)),
        required: '< 1000 ms', p50p99: `${figure(at(ours, 0.5))} / ${figure(at(ours, 0.99))} ms`, kept: at(ours, 0.99) < 1000,
        ...(what.startsWith('everything') ? { note: 'Ours over HTTP with session, row security, masking, names, place in the chain and total; the bound asks for the same page alone, as the owner.' } : {}),
      })
    }
  } finally {
    await bare.end()
    await db.close()
  }
  return rows
}

/** Lines that were written while nobody sealed. */
export async function measureSealing(connection: pg.ClientConfig, dataDir: string, lines: number): Promise<Row> {
  await withClient(connection, (c) => c.query(`
    INSERT INTO audit.entry (kind, actor_name, operation, entity, record_id, org_path, action, changes)
    SELECT 'change', '基准', 'bench.seal', 'org.organization', n, '1.', 'update', jsonb_build_object('people', jsonb_build_array(n, n + 1), 'address', jsonb_build_array('渝中区人民路 1 号', '渝中区人民路 2 号')) FROM generate_series(1, $1::int) n`, [lines]))
  const db = openDatabase(connection, { app: 1, system: 2 })
  try {
    const sealer = new Sealer(db, await openKeys(db, dataDir))
    const began = performance.now()
    const sealed = await sealer.all()
    const perSecond = sealed / ((performance.now() - began) / 1000)
    return { workload: 'lines sealed', ours: `${figure(perSecond)}/s`, bound: '', ratio: '', required: '≥ 10,000/s', p50p99: '', kept: perSecond >= 10_000 }
  } finally {
    await db.close()
  }
}

export const audit: Workload = {
  name: 'audit',
  async run(bench) {
    const lines = bench.scale === 'small' ? 1_000_000 : 10_000_000
    await bench.quiet()
    const { site, headers } = await trailOn(bench.data.city.connection, bench.data.city.dataDir, lines, bench.say)
    const server = await startOurs(site)
    try {
      const rows = await measureTrail(site.connection, server, headers, bench.quick ? 20 : 60, lines)
      await server.stop()
      return [...rows, await measureSealing(site.connection, site.dataDir, bench.quick ? 50_000 : 200_000)]
    } finally {
      await server.stop()
    }
  },
}
