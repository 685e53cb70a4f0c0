/** `start`: everything in one process, until Ctrl-C or SIGTERM. */
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildServer } from '../kernel/server/server.ts'
import { sweep } from '../kernel/attachments/keeping.ts'
import { startJobs } from '../kernel/server/jobs.ts'
import { common, placeOf } from './place.ts'
import { domains } from './domains.ts'
import { openPlatform, type Platform } from './platform.ts'
import { progressTo } from './progress.ts'
import { buildSample } from './sample/build.ts'
import { accountsFile, type SampleAccount } from './sample/people.phase.ts'
import { signInTable } from './sample/sign-ins.rules.ts'
import { hasOrganizations, readState } from './sample/state.ts'
import { buildWeb } from './web-build.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export async function start(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      ...common,
      port: { type: 'string', default: process.env.GONGXIE_PORT ?? '8080' },
      host: { type: 'string', default: process.env.GONGXIE_HOST ?? '127.0.0.1' },
      empty: { type: 'boolean', default: false },
    },
  })
  const say = (line: string) => process.stdout.write(`${line}\n`)
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string }
  // Beside the database's start: both take a while on the first day.
  const building = buildWeb(root, say)
  building.catch(() => {})
  const platform = await openPlatform({ ...placeOf(values), say, backups: true })
  const accounts = values.empty ? [] : await sampleIfEmpty(platform, say)
  // What a killed process was receiving.
  sweep(platform.dataDir)
  const jobs = await startJobs(platform.server.connection, platform.db, platform.dataDir, domains.flatMap((d) => d.jobs ?? []))
  const web = await building
  const app = await buildServer({
    db: platform.db, dataDir: platform.dataDir, domains, jobs, version, logger: true, web, sample: !!(await readState(platform.db)).mark,
  })
  try {
    await app.listen({ port: Number(values.port), host: values.host })
  } catch (error) {
    await app.close()
    await jobs.stop()
    await platform.close()
    throw error
  }
  say(`Gongxie ${version} is ready at http://${values.host === '0.0.0.0' ? 'localhost' : values.host}:${values.port}/ (${platform.server.describe})`)
  if (accounts.length) say(`Sample sign-ins, shown this once; all ${accounts.length} are in ${accountsFile(platform.dataDir)}:\n${signInTable(accounts)}`)

  return new Promise<number>((resolve) => {
    let stopping = false
    const stop = async () => {
      if (stopping) return
      stopping = true
      say('stopping')
      await app.close()
      await jobs.stop()
      await platform.close()
      resolve(0)
    }
    process.on('SIGINT', () => void stop())
    process.on('SIGTERM', () => void stop())
  })
}

/** An empty database gets the sample city; an interrupted build is finished. */
async function sampleIfEmpty(platform: Platform, say: (line: string) => void): Promise<SampleAccount[]> {
  const { mark } = await readState(platform.db)
  if (mark ? mark.complete : await hasOrganizations(platform.db)) return []
  say(mark ? 'finishing the sample city' : 'building the sample city')
  const onProgress = progressTo(process.stdout)
  return (await buildSample(platform, { scale: mark?.scale ?? 'small', institutions: mark?.institutions, onProgress })).accounts
}
