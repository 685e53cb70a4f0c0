/**
 * npm run -s sbom [-- --licences] [--all] > FILE: what the platform is made of, from package-lock.json alone, without a
 * network. CycloneDX 1.6, or a list of licences. What is only needed for building and testing is left out unless --all.
 */
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'

export interface Locked {
  name: string
  version: string
  licence: string | null
  integrity: string | null
  dev: boolean
  optional: boolean
  installScript: boolean
  /** Names that it asks for. */
  needs: string[]
  at: string
}
interface Lock {
  packages: Record<string, { version?: string; license?: string; integrity?: string; dev?: boolean; devOptional?: boolean; optional?: boolean; hasInstallScript?: boolean; link?: boolean; dependencies?: Record<string, string>; optionalDependencies?: Record<string, string>; name?: string }>
}
export const root = path.resolve(import.meta.dirname, '..')
/** Packages whose lock does not say it, as their own files do. */
export const KNOWN: Readonly<Record<string, string>> = { buffers: 'MIT' }

export function locked(text: string): Locked[] {
  return Object.entries((JSON.parse(text) as Lock).packages).filter(([at, p]) => at && !p.link).map(([at, p]) => {
    const name = p.name ?? at.slice(at.lastIndexOf('node_modules/') + 'node_modules/'.length)
    return {
      name, at, version: p.version!, licence: p.license ?? KNOWN[name] ?? null, integrity: p.integrity ?? null, dev: !!p.dev, optional: !!(p.optional || p.devOptional),
      installScript: !!p.hasInstallScript, needs: Object.keys({ ...p.dependencies, ...p.optionalDependencies }),
    }
  })
}

const purl = (p: Locked) => `pkg:npm/${p.name.replace('@', '%40')}@${p.version}`
/** As Node finds it: beside the one that asks, or in a folder above. */
function found(from: Locked, name: string, by: ReadonlyMap<string, Locked>): Locked | undefined {
  for (let at = from.at; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const hit = by.get(`${at}${at ? '/' : ''}node_modules/${name}`)
    if (hit || !at) return hit
    if (!at.includes('/node_modules/')) return by.get(`node_modules/${name}`)
  }
}

export function bill(packages: readonly Locked[], own: { name: string; version: string }, hash: string): object {
  const by = new Map(packages.map((p) => [p.at, p]))
  const once = [...new Map(packages.map((p) => [purl(p), p])).values()].toSorted((a, b) => (purl(a) < purl(b) ? -1 : 1))
  const licences = (text: string | null) => (text === null ? undefined : /[() ]/.test(text) ? [{ expression: text }] : /\//.test(text) ? [{ license: { name: text } }] : [{ license: { id: text } }])
  const digest = (integrity: string | null) => {
    const [algorithm, value] = integrity?.split('-') ?? []
    return algorithm === 'sha512' ? [{ alg: 'SHA-512', content: Buffer.from(value!, 'base64').toString('hex') }] : undefined
  }
  return {
    bomFormat: 'CycloneDX', specVersion: '1.6', version: 1,
    serialNumber: `urn:uuid:${hash.slice(0, 8)}-${hash.slice(8, 12)}-5${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`,
    metadata: { component: { type: 'application', 'bom-ref': own.name, name: own.name, version: own.version } },
    components: once.map((p) => ({
      type: 'library', 'bom-ref': purl(p), ...(p.name.startsWith('@') ? { group: p.name.split('/')[0], name: p.name.split('/')[1] } : { name: p.name }),
      version: p.version, scope: p.dev ? 'excluded' : p.optional ? 'optional' : 'required', purl: purl(p), licenses: licences(p.licence), hashes: digest(p.integrity),
    })),
    dependencies: once.map((p) => ({ ref: purl(p), dependsOn: [...new Set(p.needs.map((n) => found(p, n, by)).filter((d) => d !== undefined).map(purl))].sort() })),
  }
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({ options: { licences: { type: 'boolean', default: false }, all: { type: 'boolean', default: false } } })
  const text = fs.readFileSync(path.join(root, 'package-lock.json'), 'utf8')
  const packages = locked(text).filter((p) => values.all || !p.dev)
  if (values.licences) {
    for (const p of packages.toSorted((a, b) => (a.name < b.name ? -1 : 1))) process.stdout.write(`${p.name}\t${p.version}\t${p.licence ?? 'not stated'}\n`)
  } else {
    const own = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { name: string; version: string }
    process.stdout.write(`${JSON.stringify(bill(packages, own, createHash('sha256').update(text).digest('hex')), null, 1)}\n`)
  }
}
