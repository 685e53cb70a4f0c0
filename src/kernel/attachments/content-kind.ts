/**
 * What a file is by its bytes, held against its name. Formats are walked to their end: bytes behind it, or the beginning
 * of a second format inside, make a file that two programs read as two different things, and are refused.
 */
import { createReadStream } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { Problem } from '../contract/problem.rules.ts'
import { detectEncoding, decodeFile } from '../documents/intake/csv-encoding.ts'
import { readAt } from '../documents/intake/file-kind.ts'
import { readZip } from '../documents/intake/zip-directory.ts'
import { extensionOf, KINDS, kindNamed, WORDS, type KindName } from './kinds.rules.ts'

const ZIP_LIMITS = { zipEntries: 5_000, inflatedBytes: 1024 * 2 ** 20, inflationRatio: 200 }
const TAIL = 22 + 65_535

const refusal = {
  empty: () => new Problem('empty_file', '文件是空的，请重新选择。'),
  type: (extension: string) => new Problem('unsupported_type', ['zip', 'rar', '7z'].includes(extension) ? '压缩包不能作为附件，请解开后逐个上传。'
    : ['svg', 'html', 'htm', 'xml', 'js'].includes(extension) ? '网页和矢量图不能作为附件，请另存为 PDF 后再上传。'
    : ['docm', 'xlsm', 'pptm'].includes(extension) ? '含宏的文件不能作为附件，请另存为不含宏的格式后再上传。'
    : `不接受这种文件${extension ? `（.${extension}）` : ''}。可以上传 ${WORDS}。`),
  wrong: (kind: KindName) => new Problem('wrong_type', `文件名说是${KINDS[kind].label}，内容却不是。请用原来的程序打开后重新保存，再上传。`),
  damaged: (kind: KindName) => new Problem('damaged_file', `${KINDS[kind].label}文件不完整或已损坏，请检查原文件后再上传。`),
  double: () => new Problem('polyglot', '文件里夹带了另一种格式的内容，为安全起见不接收。请重新导出（图片可重新截图或另存）后再上传。'),
  macros: () => new Problem('macros_not_allowed', '文件含有宏，为安全起见不接收，请另存为不含宏的格式后再上传。'),
  password: () => new Problem('password_protected', '文件设有打开密码，无法检查内容。请取消密码后再上传。'),
}

export async function contentKind(path: string, name: string): Promise<KindName> {
  const kind = kindNamed(name)
  if (!kind) throw refusal.type(extensionOf(name))
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size === 0) throw refusal.empty()
    const head = await readAt(file, 0, Math.min(size, 65_536))
    const tail = await readAt(file, Math.max(0, size - TAIL), TAIL)
    await WALKS[kind]({ kind, path, file, size, head, tail })
    if (kind !== 'pdf' && head.subarray(0, 1024).includes('%PDF-')) throw refusal.double()
    return kind
  } finally {
    await file.close()
  }
}

interface Given { kind: KindName; path: string; file: FileHandle; size: number; head: Buffer; tail: Buffer }
type Walk = (given: Given) => Promise<void>

const starts = (head: Buffer, magic: string | Buffer, at = 0): boolean => head.subarray(at, at + magic.length).equals(Buffer.from(magic as string, 'latin1'))

/** Programs that unpack look for a zip's directory from the end of any file, for other archives from its beginning on. */
async function refuseArchiveInside({ path, tail }: Given, more: readonly string[] = []): Promise<void> {
  for (let i = tail.length - 22; i >= 0; i--)
    if (tail.readUInt32LE(i) === 0x06054b50 && i + 22 + tail.readUInt16LE(i + 20) <= tail.length) throw refusal.double()
  const marks = ['Rar!\x1a\x07', '7z\xbc\xaf\x27\x1c', ...more]
  let carry = ''
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const text = carry + chunk.toString('latin1')
    if (marks.some((m) => text.includes(m))) throw refusal.double()
    carry = text.slice(-16)
  }
}
/** Words of pages and scripts have no place in a picture; some programs look for them at the beginning of any file. */
const inPictures = ['<script', '<SCRIPT', '<!DOCTYPE', '<!doctype html', '%PDF-1.']

const pdf: Walk = async (given) => {
  const { kind, head, tail } = given
  if (!/^%PDF-[12]\.\d/.test(head.subarray(0, 8).toString('latin1'))) throw refusal.wrong(kind)
  const end = tail.lastIndexOf('%%EOF')
  if (end < 0) throw refusal.damaged(kind)
  // Blanks, line ends and zeros behind the last mark are common; anything else is not.
  if (/[^\s\0]/.test(tail.subarray(end + 5).toString('latin1'))) throw refusal.double()
  await refuseArchiveInside(given)
}

const zip = (part: string | RegExp): Walk => async ({ kind, path, head, tail }) => {
  if (starts(head, Buffer.from('d0cf11e0a1b11ae1', 'hex'))) throw (tail.length && (await hasWord(path, 'EncryptedPackage'))) ? refusal.password() : refusal.wrong(kind)
  if (!starts(head, 'PK\x03\x04')) throw refusal.wrong(kind)
  let names: string[]
  try {
    names = [...(await readZip(path, ZIP_LIMITS)).keys()]
  } catch (error) {
    if (error instanceof Problem) throw error.body.code === 'password_protected' ? refusal.password() : error.body.code === 'zip_bomb' ? new Problem('zip_bomb', '文件解开后异常庞大，为安全起见不接收。') : refusal.damaged(kind)
    throw error
  }
  if (names.some((n) => n.startsWith('/') || n.includes('\0') || n.split('/').includes('..'))) throw refusal.damaged(kind)
  if (names.some((n) => /(^|\/)(vbaProject|vbaData)\.(bin|xml)$|^xl\/macrosheets\//i.test(n))) throw refusal.macros()
  if (!names.some((n) => (typeof part === 'string' ? n === part : part.test(n)))) throw refusal.wrong(kind)
}

const wide = (word: string): string => Buffer.from(word, 'utf16le').toString('latin1')
async function hasWord(path: string, word: string): Promise<boolean> {
  const wanted = wide(word)
  let carry = ''
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    const text = carry + chunk.toString('latin1')
    if (text.includes(wanted)) return true
    carry = text.slice(-wanted.length)
  }
  return false
}

/** Compound files of Word, Excel, PowerPoint and WPS before 2007: told apart by the name of their main stream. */
const ole = (...streams: string[]): Walk => async (given) => {
  const { kind, path, size, head } = given
  if (!starts(head, Buffer.from('d0cf11e0a1b11ae1', 'hex'))) throw refusal.wrong(kind)
  if (size < 1536 || ![9, 12].includes(head.readUInt16LE(30))) throw refusal.damaged(kind)
  if (await hasWord(path, '_VBA_PROJECT')) throw refusal.macros()
  if (await hasWord(path, 'EncryptedPackage')) throw refusal.password()
  for (const s of streams) if (await hasWord(path, s)) return refuseArchiveInside(given)
  throw refusal.wrong(kind)
}

const png: Walk = async (given) => {
  const { kind, file, size, head } = given
  if (!starts(head, '\x89PNG\r\n\x1a\n') || !starts(head, 'IHDR', 12)) throw refusal.wrong(kind)
  let at = 8
  for (;;) {
    const chunk = await readAt(file, at, 8)
    if (chunk.length < 8) throw refusal.damaged(kind)
    at += 12 + chunk.readUInt32BE(0)
    if (at > size) throw refusal.damaged(kind)
    if (chunk.toString('latin1', 4) === 'IEND') break
  }
  if (at !== size) throw refusal.double()
  await refuseArchiveInside(given, inPictures)
}

/** Cameras put a second, smaller picture or their own notes behind the first: the end is not the file's end. */
const jpg: Walk = async (given) => {
  const { kind, head, tail } = given
  if (!starts(head, '\xff\xd8\xff')) throw refusal.wrong(kind)
  if (tail.lastIndexOf(Buffer.from([0xff, 0xd9])) < 0) throw refusal.damaged(kind)
  await refuseArchiveInside(given, inPictures)
}

const webp: Walk = async (given) => {
  const { kind, size, head } = given
  if (!starts(head, 'RIFF') || !starts(head, 'WEBPVP8', 8)) throw refusal.wrong(kind)
  const told = head.readUInt32LE(4) + 8
  if (told > size) throw refusal.damaged(kind)
  if (told < size - 1) throw refusal.double()
  await refuseArchiveInside(given, inPictures)
}

const heic: Walk = async (given) => {
  const { kind, file, size, head } = given
  if (!starts(head, 'ftyp', 4) || !/^(heic|heix|heim|heis|hevc|hevx|mif1|msf1)$/.test(head.toString('latin1', 8, 12))) throw refusal.wrong(kind)
  for (let at = 0; at < size;) {
    const box = await readAt(file, at, 16)
    if (box.length < 8) throw refusal.double()
    const short = box.readUInt32BE(0)
    const length = short === 0 ? size - at : short === 1 && box.length === 16 ? Number(box.readBigUInt64BE(8)) : short
    if (length < 8 || at + length > size) throw at === 0 ? refusal.damaged(kind) : refusal.double()
    at += length
  }
  await refuseArchiveInside(given, inPictures)
}

/** Words that a reader takes for words: no control characters, and nothing that a program takes for a page, a script or itself. */
const text: Walk = async ({ kind, path, head }) => {
  const beginning = head.subarray(0, 1024).toString('latin1').replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '').replaceAll('\0', '')
  if (/^\s*(<!|<\?|\{\\rtf|%pdf-|%!ps|mz[\s\S]{2,}this program|#!)/i.test(beginning) || /<(html|script|svg|body|iframe|object|embed)[\s>/]/i.test(beginning)) throw refusal.wrong(kind)
  try {
    for await (const piece of decodeFile(path, await detectEncoding(path))) if (/[\u0000-\u0008\u000b\u000e-\u001f\ufffe\uffff]/.test(piece)) throw refusal.wrong(kind)
  } catch (error) {
    if (error instanceof Problem && error.body.code !== 'wrong_type') throw refusal.wrong(kind)
    throw error
  }
}

const WALKS: Record<KindName, Walk> = {
  pdf, ofd: zip(/^OFD\.xml$/i), docx: zip('word/document.xml'), xlsx: zip('xl/workbook.xml'), pptx: zip('ppt/presentation.xml'),
  doc: ole('WordDocument'), xls: ole('Workbook', 'Book'), ppt: ole('PowerPoint Document'), png, jpg, webp, heic, text,
}
