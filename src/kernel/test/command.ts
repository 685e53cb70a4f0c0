/** An operator's command, as it is called on the machine of the platform, beside whatever runs on the same database. */
import { execFile } from 'node:child_process'
import path from 'node:path'
import type pg from 'pg'
import { urlOf } from './process.ts'
import { testSecrets } from './secrets.ts'

const bin = path.resolve(import.meta.dirname, '../../../bin/gongxie.mjs')
export interface Said { code: number; out: string; err: string }

export const commands = (connection: pg.ClientConfig, dataDir: string) => (...args: string[]): Promise<Said> =>
  new Promise((resolve) => {
    const env = { ...process.env, VITEST: undefined, NODE_ENV: undefined, DATABASE_URL: urlOf(connection), GONGXIE_SECRETS_DIR: testSecrets() } as unknown as NodeJS.ProcessEnv
    execFile(process.execPath, [bin, ...args, '--data-dir', dataDir], { env, maxBuffer: 2 ** 26 }, (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }))
  })
