/**
 * Everybody hands in at once: 500 clients, each with a connection of its own, save, explain and submit the ledger of a
 * month. Clients of one district share their person's session: an account is signed in at a few places only. Afterwards the database is asked whether everything acknowledged is there, once.
 */
import fs from 'node:fs'
import path from 'node:path'
import type pg from 'pg'
import { snake } from '../../src/kernel/entity/entity.rules.ts'
import { monthly2025 } from '../../src/domains/energy/reports/monthly-2025.report.ts'
import { forgetHistory, withClient, type Site } from '../data.ts'
import { child } from '../load.ts'
import { figure, latency } from '../report.ts'
import { signIn, type Running, type Session } from '../servers.ts'
import type { ClientsJob, ClientsResult, Submission } from '../clients-child.ts'
import type { Workload } from '../workload.ts'

const PERIOD = '2026-10'
const START = `${PERIOD}-01`
const CLIENTS = 500

/** The ledgers of the month after the last one: last month's figures, a little more. */
async function submissionsOf(site: Site, count: number): Promise<(Submission & { orgPath: string })[]> {
  const items = monthly2025.items.filter((i) => i.type.kind === 'decimal' || i.type.kind === 'integer')
  const value = (i: (typeof items)[number]) => `'${i.code}', ${i.aggregation === 'sum' ? `round(v.${snake(i.code)} * 1.02, 2)` : `v.${snake(i.code)}`}::text`
  const halves = [items.slice(0, 20), items.slice(20)].map((part) => `jsonb_build_object(${part.map(value).join(', ')})`)
  return withClient(site.connection, async (c) => (await c.query(`
    SELECT o.id AS "organizationId", o.org_path AS "orgPath", ${halves.join(' || ')} AS values
    FROM energy.monthly_2025 v JOIN reports.filing f ON f.id = v.filing_id JOIN org.organization o ON o.id = v.organization_id
    WHERE v.period_start = '2026-09-01' AND o.valid_to IS NULL AND f.hard_findings = 0 AND (o.directory_to IS NULL OR o.directory_to > '${START}')
    ORDER BY md5(o.id::text) LIMIT $1`, [count])).rows)
}

/** One session for each reviewing person, taken in turns by the clients. */
async function sessionsFor(server: Running, site: Site): Promise<Session[]> {
  const people = [...site.accounts.filter((a) => a.role === 'district_reviewer' && /^[a-z]+\.shenhe$/.test(a.login)).map((a) => a.login), 'shi.shenhe']
  const made: Session[] = []
  for (const login of people) made.push(await signIn(server, site, login))
  return Array.from({ length: CLIENTS }, (_, i) => made[i % made.length]!)
}

/** Each client gets institutions of its own scope; nobody gets one that another has. */
function deal(sessions: readonly Session[], all: readonly (Submission & { orgPath: string })[]): ClientsJob['clients'] {
  const clients = sessions.map((s) => ({ headers: s.headers, submissions: [] as Submission[] }))
  for (const { orgPath, ...submission } of all) {
    const able = clients.filter((_, i) => orgPath.startsWith(sessions[i]!.orgPath))
    able.reduce((least, c) => (c.submissions.length < least.submissions.length ? c : least)).submissions.push(submission)
  }
  return clients
}

const FILED = `(SELECT id FROM reports.filing WHERE form = 'energy.monthly' AND period_start = '${START}')`
async function clear(connection: pg.ClientConfig): Promise<void> {
  await withClient(connection, async (c) => {
    await c.query('SET session_replication_role = replica')
    for (const table of ['reports.finding', 'reports.review', 'reports.remark', 'energy.monthly_2025', 'energy.consumption']) await c.query(`DELETE FROM ${table} WHERE filing_id IN ${FILED}`)
    await forgetHistory(c, `entity = 'energy.monthly_2025' AND record_id IN ${FILED}`)
    await c.query(`DELETE FROM reports.filing WHERE form = 'energy.monthly' AND period_start = '${START}'`)
    await c.query(`DELETE FROM app.idempotency WHERE key LIKE 'bench-%'`)
    // Quarter and year that the ledgers stand in, as sums of months.
    await c.query(`DELETE FROM energy.consumption WHERE origin = 'months' AND months = 3 AND period_start = '${START}'`)
    await c.query(`DELETE FROM energy.cube WHERE period_start = '${START}' AND months IN (1, 3)`)
    await c.query('RESET session_replication_role')
  })
}

export const submissions: Workload = {
  name: 'submissions',
  async run(bench) {
    const site = bench.data.city
    await clear(site.connection)
    const server = await bench.ours(site)
    const all = await submissionsOf(site, bench.quick ? 1500 : 16_800)
    const clients = deal(await sessionsFor(server, site), all)
    const file = path.join(site.dataDir, 'submissions.json')
    fs.writeFileSync(file, JSON.stringify({ url: server.url, period: PERIOD, form: 'energy.monthly', clients } satisfies ClientsJob))
    try {
      const seen = await child<ClientsResult>('./clients-child.ts', file)
      const stored = await withClient(site.connection, async (c) => (await c.query(`
        SELECT count(*)::int AS filings, count(DISTINCT f.organization_id)::int AS organizations, count(f.submitted_at)::int AS submitted,
          (SELECT count(*)::int FROM energy.monthly_2025 v WHERE v.period_start = '${START}') AS forms,
          (SELECT count(*)::int FROM reports.review r WHERE r.decision = 'submit' AND r.filing_id IN ${FILED}) AS decisions,
          (SELECT count(*)::int FROM audit.change a WHERE a.entity = 'energy.monthly_2025' AND a.action = 'create' AND a.record_id IN ${FILED}) AS histories,
          (SELECT count(*)::int FROM app.idempotency WHERE key LIKE 'bench-%') AS keys
        FROM reports.filing f WHERE f.form = 'energy.monthly' AND f.period_start = '${START}'`)).rows[0])
      const whole = stored.filings === seen.saved && stored.organizations === seen.saved && stored.forms === seen.saved && stored.histories === seen.saved
        && stored.submitted === seen.submitted && stored.decisions === seen.submitted && stored.keys === seen.acknowledgedKeys
      return [{
        workload: `${all.length.toLocaleString('en')} submissions by ${CLIENTS} clients at once`, ours: `${figure(seen.submitted / seen.seconds)}/s (${figure(seen.requests / seen.seconds)} requests/s)`,
        bound: '', ratio: '', required: 'none lost, none doubled', p50p99: latency(seen.submit), kept: whole && seen.failed === 0,
        note: `Saved ${seen.saved}, submitted ${seen.submitted}, refused with a reason ${seen.refused}, failed ${seen.failed}, repeated at once with the same key ${seen.repeated}, asked again after "busy" ${seen.busy}, in ${figure(seen.seconds)} s. In the database: ${JSON.stringify(stored)}. Saving p50 / p99 ${latency(seen.save)}.`,
      }]
    } finally {
      fs.rmSync(file, { force: true })
      await clear(site.connection)
    }
  },
}
