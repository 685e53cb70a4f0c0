/** A person's own preferences: theirs in every post, nobody else's. */
import { expect, test } from 'vitest'
import { testApi } from '../../kernel/test/api.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const city = await buildFixture(database.db)
const api = await testApi(database, domains)

/*                     role                    at            */
const actors = [['filler', city.school], ['responsible', city.school], ['district_reviewer', city.yuzhong], ['city_reviewer', city.city], ['leader', city.city], ['system_administrator', city.city], ['audit_administrator', city.city]] as const

test('everybody keeps their own, sees none of the others, and may take it back', async () => {
  const people = await Promise.all(actors.map(async ([role, at]) => api.as(await city.actorAt(at, role))))
  for (const [i, p] of people.entries()) expect((await p.post('/preferences', { workingPeriod: `20${10 + i}` })).body).toEqual({ workingPeriod: `20${10 + i}` })
  for (const [i, p] of people.entries()) expect((await p.get('/preferences')).body).toEqual({ workingPeriod: `20${10 + i}` })
  expect((await people[0]!.post('/preferences', { workingPeriod: 'latest-3' })).body).toEqual({ workingPeriod: 'latest-3' })
  expect((await people[0]!.post('/preferences', {})).body).toEqual({ workingPeriod: 'latest-3' })
  expect((await people[0]!.post('/preferences', { workingPeriod: null })).body).toEqual({ workingPeriod: null })
  expect((await people[1]!.get('/preferences')).body).toEqual({ workingPeriod: '2011' })
  expect((await api.nobody.post('/preferences', { workingPeriod: '2025' })).status).toBe(401)
})
test('what is no period is refused in words', async () => {
  const p = await api.as(await city.actorAt(city.primary, 'filler'))
  for (const workingPeriod of ['2025-13', '去年', 'latest-6', '', 2025]) {
    const answer = await p.post('/preferences', { workingPeriod })
    expect([answer.status, answer.body.fields[0].path]).toEqual([400, 'workingPeriod'])
  }
  expect((await p.get('/preferences')).body).toEqual({ workingPeriod: null })
})
