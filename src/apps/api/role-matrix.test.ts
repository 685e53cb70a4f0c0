/**
 * Every operation against every role (C27): what the contracts say, as a file that is reviewed. After a change of contracts
 * or roles: `npx vitest run --project unit+database src/apps/api/role-matrix.test.ts -u`, then read the difference.
 */
import { z } from 'zod'
import { describe, expect, test } from 'vitest'
import * as sessionOps from '../../kernel/authority/session.contract.ts'
import { PERMISSION_WORDS, PERMISSIONS, permissionsOf, ROLES, type Role } from '../../kernel/authority/roles.rules.ts'
import type { Operation } from '../../kernel/contract/contract.rules.ts'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const operations: Operation[] = [...Object.values(sessionOps).filter((o): o is any => typeof o === 'object' && 'id' in o && 'path' in o), ...domains.flatMap((d) => d.handlers.map((h) => h.operation))].sort((a, b) => (a.id < b.id ? -1 : 1))
const roles = Object.keys(ROLES) as Role[]
const allowed = (o: Operation, role: Role) => o.access === 'public' || o.access === 'signed-in' || permissionsOf(role).includes(o.access)

test('is the reviewed one', async () => {
  const width = (n: number, t: string) => t.padEnd(n)
  const ids = Math.max(...operations.map((o) => o.id.length))
  const lines = [
    `# ${roles.map((r, i) => `${i + 1} ${r}`).join(', ')}; ! a fresh proof of who asks is needed`,
    ...operations.map((o) => `${width(ids, o.id)} ${width(4, o.method)} ${o.stepUp ? '!' : ' '} ${width(22, o.access)} ${roles.map((r, i) => (allowed(o, r) ? i + 1 : '·')).join(' ')}`),
  ]
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot('role-matrix.golden.txt')
})
test('every permission has words, and is asked for by something', () => {
  expect(Object.keys(PERMISSION_WORDS).sort()).toEqual([...PERMISSIONS].sort())
})

describe('the server agrees', async () => {
  const database = await testDatabase()
  const city = await buildFixture(database.db)
  const api = await testApi(database, domains)
  test.each(roles)('%s', async (role) => {
    const who = await api.as(await city.actorAt(city.city, role))
    const wrong: string[] = []
    for (const o of operations.filter((x) => !x.id.startsWith('session.'))) {
      const url = o.path.replace(/:\w+/g, '999999')
      // Nothing is said: what is permitted complains about the form or finds nothing, what is not is forbidden before.
      const answer = o.method === 'GET' ? await who.get(url) : o.upload ? await who.upload(url, null, {}) : await who.post(url)
      const forbidden = answer.body?.code === 'forbidden'
      if (forbidden === allowed(o, role)) wrong.push(`${o.id}: ${answer.status} ${answer.text.slice(0, 120)}`)
    }
    expect(wrong).toEqual([])
  }, 60_000)
  test('a field that nobody knows is refused, everywhere', async () => {
    const everything = Object.fromEntries(await Promise.all(roles.map(async (r) => [r, await api.as(await city.actorAt(city.city, r))] as const)))
    const wrong: string[] = []
    for (const o of operations.filter((x) => x.access !== 'public' && !x.id.startsWith('session.'))) {
      const who = everything[roles.find((r) => allowed(o, r))!]!
      const url = o.path.replace(/:\w+/g, '1')
      const answer = o.method === 'GET' ? await who.get(url, { nonsense: '1' }) : o.upload ? await who.upload(url, { name: 'a.csv', bytes: 'a' }, { nonsense: 1 }) : await who.post(url, { nonsense: 1 })
      const told = answer.status === 400 && (answer.body.fields ?? []).some((f: any) => /nonsense/.test(f.message))
      if (!told) wrong.push(`${o.id}: ${answer.status} ${answer.text.slice(0, 160)}`)
    }
    expect(wrong).toEqual([])
  })
  test('so is one inside of another, wherever the shape is ours', () => {
    const open: string[] = []
    const walk = (schema: any, at: string) => {
      if (!schema || typeof schema !== 'object') return
      // A record of a form's values has no fixed names; everything with names is closed.
      if (schema.type === 'object' && schema.properties && schema.additionalProperties !== false) open.push(at)
      for (const [k, v] of Object.entries(schema)) if (typeof v === 'object') walk(v, `${at}/${k}`)
    }
    for (const o of operations) walk(z.toJSONSchema(o.input, { io: 'input', unrepresentable: 'any' }), o.id)
    expect(open).toEqual([])
  })
})
