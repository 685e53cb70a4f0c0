/** The browser's part is built when its sources changed since the last build: once after a clone, then not again. */
import { createHash } from 'node:crypto'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { createRequire } from 'node:module'

const SOURCES = /\.(tsx|web\.ts|rules\.ts|entity\.ts|contract\.ts|report\.ts|css|html|svg)$/

function* files(folder: string): Generator<string> {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const at = path.join(folder, entry.name)
    if (entry.isDirectory()) yield* files(at)
    else if (SOURCES.test(entry.name)) yield at
  }
}

function fingerprint(root: string): string {
  const hash = createHash('sha256')
  for (const name of ['package-lock.json', 'vite.config.ts']) hash.update(fs.readFileSync(path.join(root, name)))
  for (const file of [...files(path.join(root, 'src'))].sort()) hash.update(path.relative(root, file)).update(fs.readFileSync(file))
  return hash.digest('hex')
}

/** Folder of the built application. */
export async function buildWeb(root: string, say: (line: string) => void): Promise<string> {
  const out = path.join(root, 'dist', 'web')
  const mark = path.join(out, 'built-from')
  const wanted = fingerprint(root)
  if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === wanted) return out
  say('building the web application')
  const vite = path.join(path.dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js')
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [vite, 'build', '--logLevel', 'error'], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error('The web application could not be built.'))))
  })
  fs.writeFileSync(mark, wanted)
  return out
}
