import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { SampleAccount } from './people.phase.ts'
import { signInTable } from './sign-ins.rules.ts'

test.each(['README.md', 'README.zh-CN.md'])('everybody whom %s walks with is among the sign-ins that the terminal shows', (name) => {
  const text = fs.readFileSync(path.resolve(import.meta.dirname, '../../..', name), 'utf8')
  const logins = [...new Set(text.split('\n').filter((l) => l.startsWith('| `')).flatMap((l) => [...l.split('|')[1]!.matchAll(/`((?:shi|yuzhong|wanzhou)\.[a-z.]+)`/g)].map((m) => m[1]!)))]
  expect(logins.length).toBeGreaterThan(8)
  const shown = signInTable(logins.map((login) => ({ login, password: 'p', roleLabel: 'r', organization: 'o' }) as SampleAccount))
  expect(logins.filter((l) => !shown.includes(`  ${l} `))).toEqual([])
})
