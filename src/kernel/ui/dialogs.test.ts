/** Whoever works from the keyboard goes on where they were: a dialog that is there only while it is open gives the focus back. */
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '../..')
test('every component that shows an open dialog by being there gives the focus back', () => {
  const forgetful: string[] = []
  let seen = 0
  for (const file of fs.readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.tsx'))) {
    // A component begins at the margin.
    for (const component of fs.readFileSync(path.join(root, file), 'utf8').split(/^(?=(?:export )?(?:default )?function )/m)) {
      if (!/<(Modal|Drawer)(<[^>]*>)?\s+open(\s|>)/.test(component)) continue
      seen++
      if (!component.includes('useFocusBack()')) forgetful.push(`${file}: ${component.slice(0, 60)}`)
    }
  }
  expect(seen).toBeGreaterThan(25)
  expect(forgetful).toEqual([])
})
