// Everything that must hold, in the order in which it fails cheapest: types, lint, import law, tests.
// --quick leaves out the browser.
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
process.chdir(root)
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(`Node.js 24 or newer is needed, this is ${process.version}. Run "npm test", which uses the bundled Node on Linux x64.\n`)
  process.exit(1)
}
const quick = process.argv.includes('--quick')
const run = (title, command, args, options = {}) => {
  const since = Date.now()
  process.stdout.write(`\n== ${title}\n`)
  const done = spawnSync(command, args, { stdio: 'inherit', ...options })
  process.stdout.write(`== ${title}: ${done.status === 0 ? 'ok' : 'FAILED'} (${((Date.now() - since) / 1000).toFixed(1)} s)\n`)
  return done.status === 0
}
const node = (title, script, ...args) => run(title, process.execPath, [path.join('node_modules', script), ...args])

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', process.env.GONGXIE_CHROMIUM].filter(Boolean)
const findBrowser = () => CHROMIUM.find((p) => fs.existsSync(p))

/** Chromium and a Chinese font come from the distribution; where that is not ours to install, one sentence says what to do. */
function ensureBrowser() {
  if (findBrowser()) return true
  if (process.platform === 'linux' && process.getuid?.() === 0 && fs.existsSync('/usr/bin/apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get update', 'apt-get', ['update', '-q'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
    run('install chromium', 'apt-get', ['install', '-y', '-q', 'chromium', 'fonts-noto-cjk'], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  }
  if (findBrowser()) return true
  process.stderr.write('Chromium is needed for the browser tests. Install it (Debian: apt-get install chromium fonts-noto-cjk) or set GONGXIE_CHROMIUM.\n')
  return false
}

let ok = true
ok = node('types: server', '@typescript/native/bin/tsc', '-p', 'tsconfig.json', '--noEmit') && ok
ok = node('types: web', '@typescript/native/bin/tsc', '-p', 'tsconfig.web.json', '--noEmit') && ok
ok = node('lint', 'eslint/bin/eslint.js', '.', '--max-warnings', '0') && ok
ok = node('import law', 'dependency-cruiser/bin/dependency-cruiser.mjs', 'src', '--config', '.dependency-cruiser.mjs', '--output-type', 'err') && ok

const counts = { passed: 0, failed: 0, skipped: 0 }
function tests(project) {
  const report = path.join('.cache', `tests-${project}.json`)
  fs.mkdirSync('.cache', { recursive: true })
  fs.rmSync(report, { force: true })
  const fine = node(`tests: ${project}`, 'vitest/vitest.mjs', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`)
  if (!fs.existsSync(report)) return counts.failed++, false
  const found = JSON.parse(fs.readFileSync(report, 'utf8'))
  counts.passed += found.numPassedTests
  counts.failed += found.numFailedTests + (fine || found.numFailedTests ? 0 : 1)
  counts.skipped += found.numPendingTests + (found.numTodoTests ?? 0)
  return fine
}
ok = tests('unit+database') && ok
if (!quick) {
  if (ensureBrowser()) {
    ok = run('build the web application', process.execPath, ['bin/gongxie.mjs', 'build-web']) && ok
    ok = tests('browser') && ok
  } else ok = false
}
if (!ok && counts.failed === 0) counts.failed = 1
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
process.exit(ok ? 0 : 1)
