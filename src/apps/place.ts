/** Options that every command shares. */
import path from 'node:path'

export const common = {
  'data-dir': { type: 'string', default: process.env.GONGXIE_DATA_DIR || './var' },
} as const

export const placeOf = (values: { 'data-dir'?: string }) => ({
  dataDir: path.resolve(values['data-dir'] ?? './var'),
  databaseUrl: process.env.DATABASE_URL,
})
