/** `start`: everything in one process, until Ctrl-C or SIGTERM. */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { recordApart } from '../kernel/audit/record.ts'
import { startSealing } from '../kernel/audit/seal.ts'
import { readProvider } from '../kernel/authority/single-sign-on.ts'
import { invite } from '../kernel/authority/welcome.ts'
import { Problem } from '../kernel/contract/problem.rules.ts'
import { buildServer } from '../kernel/server/server.ts'
import { sweep } from '../kernel/attachments/keeping.ts'
import { budgetsFrom, openLimits } from '../kernel/server/limits.ts'
import { refusePowers } from '../kernel/db/powerless.ts'
import { startJobs } from '../kernel/server/jobs.ts'
import { giveBackLater } from './give-back.ts'
import { common, placeOf } from './place.ts'
import { domains } from './domains.ts'
import { openPlatform, type Platform } from './platform.ts'
import { progressTo } from './progress.ts'
import { buildSample } from './sample/build.ts'
import { accountsFile, type SampleAccount } from './sample/people.phase.ts'
import { signInTable } from './sample/sign-ins.rules.ts'
import { hasOrganizations, hasSamplePeople, readState } from './sample/state.ts'
import { buildWeb } from './web-build.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function start(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...common,
      port: { type: 'string', default: process.env.GONGXIE_PORT || '8080' },
      host: { type: 'string', default: process.env.GONGXIE_HOST || '127.0.0.1' },
      empty: { type: 'boolean', default: false },
      production: { type: 'boolean', default: process.env.GONGXIE_PRODUCTION === '1' },
    },
  })
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  // Beside the database's start: both take a while on the first day.
  const building = process.env.GONGXIE_WEB === 'none' ? Promise.resolve(undefined) : buildWeb(root, say)
  building.catch(() => {})
  const platform = await openPlatform({ ...placeOf(values), say, production: values.production, serving: true, backups: true })
  const drain = { ing: false }
  // Whatever fails before the first request closes what was opened until then, the last first.
  const opened: (() => unknown)[] = [() => platform.close()]
  const ready = async () => {
    await refusePowers(platform.db)
    if (values.production && (await hasSamplePeople(platform.db)))
      throw new Problem('refused', 'This database holds people of the sample, whose passwords lie in a file: production mode does not start with them. Start with a new data folder or database and --empty.')
    const sealing = startSealing(platform.db.at('patient'), platform.dataDir, (line) => void process.stderr.write(`${line}\n`))
    opened.unshift(() => sealing.stop())
    const accounts = values.empty || values.production ? [] : await sampleIfEmpty({ ...platform, db: platform.db.at('patient') }, say)
    // What a killed process was receiving.
    sweep(platform.dataDir)
    const jobs = await startJobs(platform.server.connection, platform.db, platform.dataDir, domains.flatMap((d) => d.jobs ?? []))
    opened.unshift(() => jobs.stop())
    const limits = openLimits(platform.db, budgetsFrom(process.env.GONGXIE_LIMITS))
    opened.unshift(() => limits.close())
    const sample = !!(await readState(platform.db)).mark
    const app = await buildServer({
      db: platform.db, dataDir: platform.dataDir, domains, jobs, limits, version, logger: true, web: await building, sample, secondFactor: sample ? 'offered' : 'required',
      singleSignOn: readProvider(platform.dataDir), publicUrl: process.env.GONGXIE_PUBLIC_URL?.replace(/\/$/, ''),
      trustedProxies: process.env.GONGXIE_TRUSTED_PROXIES?.split(',').map((a) => a.trim()).filter(Boolean),
      maxConnections: Number(process.env.GONGXIE_MAX_CONNECTIONS ?? 5_000),
      unready: () => [
        ...(drain.ing ? ['draining'] : []), ...(platform.db.pulse!.answering ? [] : ['database']),
        ...(platform.migrated() ? [] : ['migrations']), ...(jobs.running() ? [] : ['jobs']),
      ],
    })
    opened.unshift(() => app.close())
    // Whoever is told so opens the next connection, which a proxy then leads elsewhere.
    app.addHook('onSend', async (_request, reply) => void (drain.ing && reply.header('connection', 'close')))
    await app.listen({ port: Number(values.port), host: values.host })
    return { app, jobs, limits, sealing, accounts }
  }
  const { app, jobs, limits, sealing, accounts } = await ready().catch(async (error: unknown) => {
    for (const close of opened) await close()
    throw error
  })
  const code = await invite(platform.db)
  say(`Gongxie ${version} is ready at http://${values.host === '0.0.0.0' ? 'localhost' : values.host}:${values.port}/ (${platform.server.describe})`)
  if (code) say(`Nobody can sign in yet. Open /welcome there and enter this code, shown this once, good for 24 hours and one use: ${code}`)
  if (accounts.length) say(`Sample sign-ins, shown this once; all ${accounts.length} are in ${accountsFile(platform.dataDir)}:\n${signInTable(accounts)}`)

  giveBackLater()
  return new Promise<number>((resolve) => {
    const stop = async (lead: number) => {
      if (drain.ing) {
        say('stopping at once')
        await Promise.race([platform.server.stop('immediate'), wait(5_000)])
        process.exit(1)
      }
      drain.ing = true
      say('draining')
      const deadline = Date.now() + DRAIN_MS
      const left = () => Math.max(1_000, deadline - Date.now())
      // No more work is taken from now on; requests still are, until whoever sends them has seen /ready.
      const idle = jobs.stop(DRAIN_MS - 5_000)
      await wait(lead)
      const cut = setTimeout(() => app.server.closeAllConnections(), left())
      await Promise.all([app.close(), Promise.race([idle, wait(left())])])
      clearTimeout(cut)
      limits.close()
      say('stopping')
      await recordApart(platform.db, { operation: 'platform.stop', action: 'stop' }, {}).catch(() => {})
      await sealing.stop()
      await platform.close()
      resolve(0)
    }
    const lead = Math.min(10_000, Number(process.env.GONGXIE_DRAIN_SECONDS ?? 2) * 1000)
    process.on('SIGINT', () => void stop(0))
    process.on('SIGTERM', () => void stop(lead))
    // Told to end, npm tells only the shell between: it dies, and this process would go on without anybody to stop it.
    const shell = process.ppid
    if (process.env.npm_lifecycle_event === 'start') setInterval(() => process.ppid === shell || drain.ing || void stop(lead), 1_000).unref()
  })
}

/** Accepted requests and running jobs get so long; with the database's own end everything is over within 25 seconds. */
const DRAIN_MS = 18_000
/** Patience that has become needless must not hold the process. */
const wait = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms).unref())

/** An empty database gets the sample city; an interrupted build is finished. */
async function sampleIfEmpty(platform: Platform, say: (line: string) => void): Promise<SampleAccount[]> {
  const { mark } = await readState(platform.db)
  if (mark ? mark.complete : await hasOrganizations(platform.db)) return []
  say(mark ? 'finishing the sample city' : 'building the sample city')
  const onProgress = progressTo(process.stdout)
  return (await buildSample(platform, { scale: mark?.scale ?? 'small', institutions: mark?.institutions, onProgress })).accounts
}
