import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

let folder: string | undefined
/** Keys are of a process: all servers that a test file builds share them, as processes of one installation do. */
export function testSecrets(): string {
  if (!folder) {
    const made = (folder = fs.mkdtempSync(path.join(os.tmpdir(), 'gongxie-secrets-')))
    process.once('exit', () => fs.rmSync(made, { recursive: true, force: true }))
  }
  return folder
}
