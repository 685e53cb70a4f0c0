/** Where backups go and which key seals them, unless a command says otherwise. */
import fs from 'node:fs'
import path from 'node:path'
import { Problem } from '../contract/problem.rules.ts'
import { PROFILES, readKey, type Key, type Profile } from './seal.ts'

export interface BackupPlace {
  store: string
  keyFile: string
  profile: Profile
}
export function backupPlace(dataDir: string, given: { store?: string; keyFile?: string; cipher?: string } = {}): BackupPlace {
  const cipher = given.cipher ?? (process.env.GONGXIE_BACKUP_CIPHER || 'aes')
  const profile = PROFILES.find((p) => p.startsWith(cipher))
  if (!profile || !cipher) throw new Problem('invalid_input', `没有加密方式“${cipher}”：请写 aes 或 sm4。`)
  // An empty variable of a service's file is none: the working folder is nobody's wish.
  return {
    store: path.resolve(given.store ?? (process.env.GONGXIE_BACKUP_DIR || path.join(dataDir, 'backups'))),
    keyFile: path.resolve(given.keyFile ?? (process.env.GONGXIE_BACKUP_KEY_FILE || path.join(dataDir, 'secrets', 'backup-key'))),
    profile,
  }
}

/** The key to seal with. Made at the first use, and then said loudly: without it no backup can be read. */
export function sealingKey(place: BackupPlace, say: (line: string) => void): Key {
  const fresh = !fs.existsSync(place.keyFile)
  const key = readKey(place.keyFile, { create: true, profile: place.profile })
  if (fresh)
    say(`\n*** A key for backups was made: ${place.keyFile} (id ${key.id}).\n*** Keep a copy of this file in another place. Without it NO backup can be restored, by anybody.\n`)
  return key
}

/** Keys that the operator keeps outside the data folder on purpose, and files in an object store: they are in no backup. */
export function notInBackups(dataDir: string): string[] {
  const outside = Object.entries(process.env).filter(([name, value]) => /^GONGXIE_\w+_KEY(_FILE)?$/.test(name) && name !== 'GONGXIE_BACKUP_KEY_FILE' && value && path.isAbsolute(value) && path.relative(dataDir, value).startsWith('..'))
  return [...outside.map(([, value]) => value!), ...(process.env.GONGXIE_FILES ? ['附件的对象存储'] : []), ...(process.env.GONGXIE_AUDIT_ANCHOR_DIR ? [process.env.GONGXIE_AUDIT_ANCHOR_DIR] : [])]
}
