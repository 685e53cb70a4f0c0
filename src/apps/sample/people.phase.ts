/** Stores the sample's people with passwords invented now, and writes those down for whoever started the build. */
import fs from 'node:fs'
import path from 'node:path'
import { hashPassword, inventPassword } from '../../kernel/authority/password.ts'
import { roleLabel } from '../../kernel/authority/roles.rules.ts'
import type { SampleCity } from './city.rules.ts'
import type { OwnerTransaction } from './owner-transaction.ts'
import { CITY } from './regions.ts'
import { samplePeople } from './people.rules.ts'

export interface SampleAccount {
  login: string
  password: string
  name: string
  role: string
  roleLabel: string
  organization: string
}
export const accountsFile = (dataDir: string) => path.join(dataDir, 'sample-accounts.json')

export async function storePeople(trx: OwnerTransaction, city: SampleCity, dataDir: string, progress: (n: number) => void): Promise<SampleAccount[]> {
  const people = samplePeople(city.regions, city.organizations())
  const accounts: SampleAccount[] = []
  const hashes: string[] = []
  for (const p of people) {
    const password = inventPassword()
    hashes.push(await hashPassword(password))
    const post = p.posts.at(-1)!
    accounts.push({ login: p.login, password, name: p.name, role: post.role, roleLabel: roleLabel(post.role), organization: post.organization.name })
    progress(accounts.length)
  }
  await trx.copy({ name: 'auth.person', columns: ['id', 'name', 'phone', 'sample', 'org_path'] }, people.map((p) => [p.id, p.name, p.phone, true, p.posts.at(-1)!.organization.orgPath]))
  await trx.copy({ name: 'auth.account', columns: ['id', 'person_id', 'login', 'password_hash'] }, people.map((p, i) => [p.id, p.id, p.login, hashes[i]!]))
  await trx.copy(
    { name: 'auth.post', columns: ['person_id', 'organization_id', 'role', 'valid_from', 'valid_to', 'org_path'] },
    people.flatMap((p) => p.posts.map((t) => [p.id, t.organization.id, t.role, t.validFrom, t.validTo, t.organization.orgPath])))
  // The security administrator has once approved that an office appoints who fills and who answers below it.
  await trx.copy(
    { name: 'auth.delegation', columns: ['organization_id', 'org_path', 'holder_role', 'roles', 'valid_from', 'reason'] },
    ['district_reviewer', 'city_reviewer'].map((holder) => [CITY, `${CITY}.`, holder, '{filler,responsible}', '2020-01-01', '示例：填报人、单位负责人由主管单位任命']))
  await trx.seal()
  await trx.moveSequence('auth.person')
  await trx.moveSequence('auth.account')
  // Written before the transaction ends: if it does not, the next build invents new ones and writes them over these.
  const file = accountsFile(dataDir)
  fs.rmSync(file, { force: true })
  fs.writeFileSync(file, `${JSON.stringify(accounts, null, 1)}\n`, { mode: 0o600 })
  return accounts
}
