/** Faults whose whole proof is a test file: it is run, and what it says is written down. A file that does not exist is not passed. */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import type { Fault } from './fault.ts'

const root = path.resolve(import.meta.dirname, '..')
const byTests = (id: string, what: string, files: readonly string[], missing: string): Fault => ({
  id, what,
  async run() {
    const there = files.filter((f) => fs.existsSync(path.join(root, f)))
    if (there.length < files.length) return { absent: `${missing}: ${files.filter((f) => !there.includes(f)).join(', ')} is not there` }
    const report = path.join(root, '.cache', `faults-${id}.json`)
    fs.mkdirSync(path.dirname(report), { recursive: true })
    fs.rmSync(report, { force: true })
    spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit+database', '--maxWorkers=1', '--reporter=json', `--outputFile.json=${report}`, ...there], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
    if (!fs.existsSync(report)) return { against: ['the tests did not run'] }
    const found = JSON.parse(fs.readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number; numPendingTests: number; success: boolean; testResults: { assertionResults: { status: string; fullName: string }[] }[] }
    const failed = found.testResults.flatMap((t) => t.assertionResults).filter((a) => a.status === 'failed').map((a) => a.fullName)
    return {
      against: found.success ? [] : failed.length ? failed : ['the tests did not come to an end'],
      notes: [`${found.numPassedTests} tests passed${found.numPendingTests ? `, ${found.numPendingTests} skipped` : ''}: ${there.join(', ')}`],
    }
  },
})

export const tested: readonly Fault[] = [
  byTests('F14', 'hostile and broken workbooks', ['src/kernel/documents/intake/hostile.test.ts', 'src/kernel/documents/intake/foreign-files.test.ts', 'src/apps/api/hostile-files.test.ts'], 'the corpus of workbooks'),
  byTests('F15', 'every operation of OpenAPI, right and spoilt', ['src/apps/api/fuzz.test.ts', 'src/apps/api/boundary.test.ts'], 'the fuzz'),
  byTests('F21', 'fifty decide one thing at once; deadlocks; the n-th call fails (F21–F23)', ['src/apps/api/atomic.test.ts'], 'atomicity'),
  byTests('F24', 'backup and restore to a moment while writing', ['src/apps/backup.test.ts'], 'backup and restore'),
  byTests('F25', 'migrations killed in the middle, two processes migrate at once', ['src/kernel/db/migrate.test.ts'], 'migrations under fire'),
]
