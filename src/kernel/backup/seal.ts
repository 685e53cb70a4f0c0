/**
 * Sealed files: compressed and encrypted in pieces of one mebibyte, so that memory is bounded, a flipped byte is found
 * where it is, and a file that was cut, swapped with another or put together from two does not open.
 *
 *   'GXSEAL1\n' profile(1) key id(6) salt(16) length of meta(2) meta (JSON, readable, authenticated)
 *   then per piece: length with the top bit set on the last one(4), ciphertext, tag
 *
 * The key of a file is derived from the key file, its salt and its purpose (what the file is and where it belongs).
 */
import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { Problem } from '../contract/problem.rules.ts'
import { readSecret } from '../secrets.ts'

/** AES by default; the second is of the commercial algorithms (GM/T 0002, 0004), encrypt then authenticate. */
export const PROFILES = ['aes-256-gcm', 'sm4-ctr-hmac-sm3'] as const
export type Profile = (typeof PROFILES)[number]

export interface Key {
  id: string
  secret: Buffer
  profile: Profile
}
export type Meta = Record<string, string | number | null>

const MAGIC = Buffer.from('GXSEAL1\n')
const PIECE = 1024 * 1024
const LAST = 0x8000_0000
const FIXED = MAGIC.length + 1 + 6 + 16 + 2
const compress = promisify(zlib.zstdCompress as (b: Buffer, o: object, done: (e: Error | null, r: Buffer) => void) => void)
const expand = promisify(zlib.zstdDecompress as (b: Buffer, o: object, done: (e: Error | null, r: Buffer) => void) => void)

/** Reads the key file, or makes it where none is yet. Its id tells keys apart without telling anything about them. */
export function readKey(file: string, options: { create?: boolean; profile?: Profile } = {}): Key {
  const text = readSecret(file, options.create ? () => randomBytes(32).toString('base64url') : undefined)
  const secret = Buffer.from(hkdfSync('sm3', text, '', 'gongxie.backup.key', 32))
  return { id: createHmac('sm3', secret).update('gongxie.backup.id').digest('hex').slice(0, 12), secret, profile: options.profile ?? 'aes-256-gcm' }
}
/** Authenticates what must stay readable. */
export const macOf = (key: Key, text: string): string => createHmac('sm3', hkdfSync('sm3', key.secret, '', 'gongxie.backup.manifest', 32) as never).update(text).digest('hex')

export class Broken extends Error {
  /** Where in the content the first broken piece begins. */
  readonly at: number
  constructor(message: string, at: number) {
    super(message)
    this.at = at
  }
}

interface Lock {
  profile: Profile
  enc: Buffer
  mac: Buffer
  header: Buffer
}
function lockOf(key: Key, profile: Profile, salt: Buffer, purpose: string, header: Buffer): Lock {
  const both = Buffer.from(hkdfSync(profile === 'aes-256-gcm' ? 'sha256' : 'sm3', key.secret, salt, `gongxie.seal.1:${purpose}`, 64))
  return { profile, enc: both.subarray(0, profile === 'aes-256-gcm' ? 32 : 16), mac: both.subarray(32), header }
}
const tagLength = (profile: Profile) => (profile === 'aes-256-gcm' ? 16 : 32)

/** Number and end of a piece are part of what is authenticated: pieces cannot change places, and none can be left out. */
function place(index: number, last: boolean, length: number): Buffer {
  const b = Buffer.alloc(length)
  b.writeBigUInt64BE(BigInt(index), 0)
  b[length === 12 ? 11 : 8] = last ? 1 : 0
  return b
}
function encrypt(lock: Lock, index: number, last: boolean, plain: Buffer): Buffer[] {
  if (lock.profile === 'aes-256-gcm') {
    const cipher = createCipheriv('aes-256-gcm', lock.enc, place(index, last, 12))
    cipher.setAAD(lock.header)
    const body = cipher.update(plain)
    cipher.final()
    return [body, cipher.getAuthTag()]
  }
  const iv = Buffer.alloc(16)
  iv.writeBigUInt64BE(BigInt(index), 0)
  const body = createCipheriv('sm4-ctr', lock.enc, iv).update(plain)
  return [body, createHmac('sm3', lock.mac).update(lock.header).update(place(index, last, 9)).update(body).digest()]
}
function decrypt(lock: Lock, index: number, last: boolean, body: Buffer, tag: Buffer): Buffer | null {
  if (lock.profile === 'aes-256-gcm') {
    const cipher = createDecipheriv('aes-256-gcm', lock.enc, place(index, last, 12))
    cipher.setAAD(lock.header)
    cipher.setAuthTag(tag)
    try {
      const plain = cipher.update(body)
      cipher.final()
      return plain
    } catch {
      return null
    }
  }
  const wanted = createHmac('sm3', lock.mac).update(lock.header).update(place(index, last, 9)).update(body).digest()
  if (!timingSafeEqual(wanted, tag)) return null
  const iv = Buffer.alloc(16)
  iv.writeBigUInt64BE(BigInt(index), 0)
  return createDecipheriv('sm4-ctr', lock.enc, iv).update(body)
}

export interface Sealed {
  /** Bytes on disk. */
  size: number
  /** SM3 of what is on disk. */
  sm3: string
}

/** Writes one sealed file; it appears under its name when it is complete and on the disk. */
export class Sealer {
  readonly #file: string
  /** Of this writer alone, should two write the same. */
  readonly #partial: string
  readonly #out: fs.promises.FileHandle
  readonly #lock: Lock
  readonly #hash = createHash('sm3')
  #size = 0
  #index = 0
  #piece = Buffer.allocUnsafe(PIECE)
  #filled = 0

  private constructor(file: string, partial: string, out: fs.promises.FileHandle, lock: Lock) {
    this.#file = file
    this.#partial = partial
    this.#out = out
    this.#lock = lock
  }
  static async open(file: string, key: Key, purpose: string, meta: Meta = {}): Promise<Sealer> {
    const told = Buffer.from(JSON.stringify(meta))
    const salt = randomBytes(16)
    const header = Buffer.concat([MAGIC, Buffer.from([PROFILES.indexOf(key.profile)]), Buffer.from(key.id, 'hex'), salt, Buffer.from([told.length >> 8, told.length & 255]), told])
    const partial = `${file}.${salt.toString('hex', 0, 4)}.partial`
    const sealer = new Sealer(file, partial, await fs.promises.open(partial, 'wx', 0o600), lockOf(key, key.profile, salt, purpose, header))
    await sealer.#put(header)
    return sealer
  }
  async #put(...parts: Buffer[]): Promise<void> {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts)
    this.#hash.update(bytes)
    this.#size += bytes.length
    for (let at = 0; at < bytes.length;) at += (await this.#out.write(bytes, at)).bytesWritten
  }
  async #flush(last: boolean): Promise<void> {
    const plain = this.#piece.subarray(0, this.#filled)
    const small = plain.length ? await compress(plain, { params: { [zlib.constants.ZSTD_c_compressionLevel]: 3 } }) : plain
    const chosen = small.length < plain.length ? Buffer.concat([Buffer.from([1]), small]) : Buffer.concat([Buffer.from([0]), plain])
    const [body, tag] = encrypt(this.#lock, this.#index++, last, chosen)
    const length = Buffer.alloc(4)
    length.writeUInt32BE((body!.length | (last ? LAST : 0)) >>> 0)
    await this.#put(length, body!, tag!)
    this.#filled = 0
  }
  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      if (this.#filled === PIECE) await this.#flush(false)
      const n = Math.min(PIECE - this.#filled, bytes.length - at)
      this.#piece.set(bytes.subarray(at, at + n), this.#filled)
      this.#filled += n
      at += n
    }
  }
  async finish(): Promise<Sealed> {
    await this.#flush(true)
    await this.#out.sync()
    await this.#out.close()
    await fs.promises.rename(this.#partial, this.#file)
    await syncFolder(this.#file)
    return { size: this.#size, sm3: this.#hash.digest('hex') }
  }
  async abandon(): Promise<void> {
    await this.#out.close().catch(() => {})
    await fs.promises.rm(this.#partial, { force: true })
  }
}

/** A new name is on the disk when its folder is. */
export async function syncFolder(file: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await fs.promises.open(path.dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** Seals what `content` yields. Nothing is left behind when it fails. */
export async function seal(file: string, key: Key, purpose: string, meta: Meta, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Sealed> {
  const sealer = await Sealer.open(file, key, purpose, meta)
  try {
    for await (const bytes of content) await sealer.write(bytes)
    return await sealer.finish()
  } catch (error) {
    await sealer.abandon()
    throw error
  }
}

interface Header {
  profile: Profile
  keyId: string
  salt: Buffer
  meta: Meta
  bytes: Buffer
}
function headerOf(start: Buffer, file: string): Header {
  if (start.length < FIXED || !start.subarray(0, 8).equals(MAGIC) || !PROFILES[start[8]!]) throw new Broken(`${file} 不是备份文件，或开头已损坏`, 0)
  const bytes = start.subarray(0, FIXED + start.readUInt16BE(FIXED - 2))
  try {
    return { profile: PROFILES[start[8]!]!, keyId: start.toString('hex', 9, 15), salt: start.subarray(15, 31), meta: JSON.parse(bytes.toString('utf8', FIXED)) as Meta, bytes }
  } catch {
    throw new Broken(`${file} 的开头已损坏`, 0)
  }
}
/** What the header tells; believed only after the file was opened. */
export async function peek(file: string): Promise<Header> {
  const handle = await fs.promises.open(file, 'r')
  try {
    const start = Buffer.alloc(2048)
    const { bytesRead } = await handle.read(start, 0, start.length, 0)
    return headerOf(start.subarray(0, bytesRead), file)
  } finally {
    await handle.close()
  }
}

/** Content of a sealed file, piece by piece. `onBytes` is told every byte that was on the disk, for its SM3. */
export async function* unseal(file: string, key: Key, purpose: string, onBytes: (bytes: Buffer) => void = () => {}): AsyncGenerator<Buffer> {
  const header = await peek(file)
  if (header.keyId !== key.id)
    throw new Problem('wrong_key', `备份是用另一把密钥（编号 ${header.keyId}）加密的，现在给出的密钥编号是 ${key.id}。请用 --key-file 指明当时的密钥文件。`)
  const lock = lockOf(key, header.profile, header.salt, purpose, header.bytes)
  const handle = await fs.promises.open(file, 'r')
  let at = 0
  const take = async (length: number): Promise<Buffer> => {
    const b = Buffer.allocUnsafe(length)
    let got = 0
    while (got < length) {
      const { bytesRead } = await handle.read(b, got, length - got, at + got)
      if (!bytesRead) break
      got += bytesRead
    }
    at += got
    onBytes(b.subarray(0, got))
    return b.subarray(0, got)
  }
  try {
    await take(header.bytes.length)
    let told = 0
    for (let index = 0; ; index++) {
      const broken = (what: string) => new Broken(`${file} 第 ${index + 1} 段${what}`, told)
      const length = await take(4)
      if (length.length < 4) throw broken('缺失，文件不完整')
      const word = length.readUInt32BE()
      const last = word >= LAST
      const size = last ? word - LAST : word
      if (size > PIECE + 1 || size < 1) throw broken('已损坏')
      const body = await take(size)
      const tag = await take(tagLength(header.profile))
      if (body.length < size || tag.length < tagLength(header.profile)) throw broken('缺失，文件不完整')
      const plain = decrypt(lock, index, last, body, tag)
      if (!plain) throw broken('已损坏')
      const content = plain[0] === 1 ? await expand(plain.subarray(1), { maxOutputLength: PIECE }) : plain.subarray(1)
      told += content.length
      if (content.length) yield content
      if (!last) continue
      if ((await take(1)).length) throw new Broken(`${file} 末尾多出了内容`, told)
      return
    }
  } finally {
    await handle.close()
  }
}
