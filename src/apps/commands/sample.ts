/** `sample`: builds the sample city on an empty database, or goes on where an interrupted build stopped. */
import { parseArgs } from 'node:util'
import { invalid } from '../../kernel/contract/problem.rules.ts'
import { common, placeOf } from '../place.ts'
import { openPlatform } from '../platform.ts'
import { progressTo } from '../progress.ts'
import { buildSample } from '../sample/build.ts'
import { accountsFile } from '../sample/people.phase.ts'
import type { ScaleName } from '../sample/scale.rules.ts'
import { signInTable } from '../sample/sign-ins.rules.ts'

export async function sample(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { ...common, scale: { type: 'string', default: 'small' }, organizations: { type: 'string' }, json: { type: 'boolean', default: false } },
  })
  if (!['small', 'city', 'register'].includes(values.scale)) throw invalid(`There is no scale "${values.scale}": small, city or register.`)
  const institutions = values.organizations === undefined ? undefined : Number(values.organizations)
  if (institutions !== undefined && (!Number.isInteger(institutions) || institutions < 1000 || institutions > 9_000_000))
    throw invalid('--organizations is a number from 1000 to 9000000.')
  const say = (line: string) => void (values.json ? process.stderr : process.stdout).write(`${line}\n`)
  const platform = await openPlatform({ ...placeOf(values), say })
  try {
    const result = await buildSample(platform, { scale: values.scale as ScaleName, institutions, onProgress: progressTo(values.json ? process.stderr : process.stdout) })
    const built = Object.keys(result.counts).length > 0
    const file = accountsFile(platform.dataDir)
    if (values.json) {
      process.stdout.write(`${JSON.stringify({ scale: result.scale, built, counts: result.counts, milliseconds: result.took, accountsFile: file })}\n`)
      return 0
    }
    say(built ? `The sample is built. Sign-ins are in ${file}:` : `The sample was there already. Sign-ins are in ${file}.`)
    if (result.accounts.length) say(signInTable(result.accounts))
    return 0
  } finally {
    await platform.close()
  }
}
