/**
 * Secrets in files: made once, readable by their owner only, and refused when they are open to others or could be
 * guessed. Nothing secret stands in arguments, in the environment of a child process or in the database.
 */
import fs from 'node:fs'
import path from 'node:path'
import { Problem } from './contract/problem.rules.ts'

const refuse = (message: string) => new Problem('weak_secret', message)
/** What people put into a file that should hold a key. */
const WEAK = /^(.)\1*$|^(password|passwd|changeme|change-me|secret|default|gongxie|123456|qwerty|admin)/i
const SHORTEST = 20

/** Writes through a file of its own, so that a power cut leaves the old content or the new one, never half. */
export function writeSecret(file: string, content: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}.new`
  const handle = fs.openSync(fresh, 'w', 0o600)
  try {
    fs.writeSync(handle, content)
    fs.fsyncSync(handle)
  } finally {
    fs.closeSync(handle)
  }
  try {
    // A link fails where the name is taken: of two processes that start at once, both end up with the same secret.
    fs.linkSync(fresh, file)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Not every file system has links.
    if (code === 'EPERM' || code === 'ENOTSUP' || code === 'ENOSYS') fs.renameSync(fresh, file)
    else if (code !== 'EEXIST') throw error
  } finally {
    fs.rmSync(fresh, { force: true })
  }
}

/** The secret in `file`, made by `create` where there is none yet. */
export function readSecret(file: string, create?: () => string): string {
  if (!fs.existsSync(file)) {
    if (!create) throw refuse(`没有找到密钥文件 ${file}。`)
    writeSecret(file, create())
  }
  if (process.platform !== 'win32') {
    const { mode, uid } = fs.statSync(file)
    if (mode & 0o077) throw refuse(`密钥文件 ${file} 其他用户也能读取。请执行 chmod 600 后再启动；如果它可能已被看到，请更换。`)
    const me = process.getuid!()
    if (me !== 0 && uid !== me) throw refuse(`密钥文件 ${file} 不属于启动平台的用户。请执行 chown 改正后再启动。`)
  }
  const secret = fs.readFileSync(file, 'utf8').trim()
  if (secret.length < SHORTEST || WEAK.test(secret)) throw refuse(`密钥文件 ${file} 中的内容太短或太容易猜到。请换成至少 32 个随机字符，例如 openssl rand -base64 32 的输出。`)
  return secret
}
