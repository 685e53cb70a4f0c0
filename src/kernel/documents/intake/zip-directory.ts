/**
 * The table of contents of a zip container, read and judged before anything is inflated. Only the central
 * directory counts; every entry must lie where it says, and none over another.
 */
import { open } from 'node:fs/promises'
import { readAt } from './file-kind.ts'
import { refusals } from './refusals.ts'
import type { IntakeLimits } from './limits.ts'

export interface ZipEntry {
  name: string
  /** Where the packed bytes begin. */
  start: number
  packed: number
  inflated: number
  crc: number
  deflated: boolean
}

const END = 0x06054b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const UNKNOWN32 = 0xffffffff

export type ZipLimits = Pick<IntakeLimits, 'zipEntries' | 'inflatedBytes' | 'inflationRatio'>

/** Of a workbook that is to be read. */
export async function readZipDirectory(path: string, limits: IntakeLimits): Promise<Map<string, ZipEntry>> {
  const byName = await readZip(path, limits)
  judgeNames(byName)
  return byName
}

/** Of any container: where it lies in the file, how large it says to be, and that its entries are one beside the other. */
export async function readZip(path: string, limits: ZipLimits): Promise<Map<string, ZipEntry>> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const end = await findEnd(file, size)
    if (end.count > limits.zipEntries) throw refusals.bomb()
    if (end.offset + end.length > size) throw refusals.damaged()
    const entries = parseDirectory(await readAt(file, end.offset, end.length), end.count)
    judgeSizes(entries, limits)
    await locate(file, entries, end.offset)
    const byName = new Map<string, ZipEntry>()
    for (const entry of entries) {
      // Two entries of one name: programs disagree on which one counts.
      if (byName.has(entry.name)) throw refusals.damaged()
      byName.set(entry.name, entry)
    }
    return byName
  } finally {
    await file.close()
  }
}

type File = Awaited<ReturnType<typeof open>>

async function findEnd(file: File, size: number): Promise<{ count: number; length: number; offset: number }> {
  const tailLength = Math.min(size, 22 + 65_535)
  const tail = await readAt(file, size - tailLength, tailLength)
  for (let i = tail.length - 22; i >= 0; i--) {
    if (tail.readUInt32LE(i) !== END || i + 22 + tail.readUInt16LE(i + 20) !== tail.length) continue
    const [disk, startDisk] = [tail.readUInt16LE(i + 4), tail.readUInt16LE(i + 6)]
    const count = tail.readUInt16LE(i + 10)
    const [length, offset] = [tail.readUInt32LE(i + 12), tail.readUInt32LE(i + 16)]
    // Zip64 is for containers above 4 GB, far beyond what is accepted here.
    if (disk || startDisk || count === 0xffff || offset === UNKNOWN32 || length === UNKNOWN32)
      throw refusals.damaged()
    return { count, length, offset }
  }
  throw refusals.damaged()
}

function parseDirectory(bytes: Buffer, count: number): ZipEntry[] {
  const entries: ZipEntry[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== CENTRAL) throw refusals.damaged()
    const [flags, method] = [bytes.readUInt16LE(at + 8), bytes.readUInt16LE(at + 10)]
    const nameLength = bytes.readUInt16LE(at + 28)
    const name = bytes
      .subarray(at + 46, at + 46 + nameLength)
      .toString('utf8')
      .replaceAll('\\', '/')
    if (flags & 1) throw refusals.password()
    if (method !== 0 && method !== 8) throw refusals.damaged(name)
    const entry: ZipEntry = {
      name,
      start: bytes.readUInt32LE(at + 42),
      packed: bytes.readUInt32LE(at + 20),
      inflated: bytes.readUInt32LE(at + 24),
      crc: bytes.readUInt32LE(at + 16),
      deflated: method === 8,
    }
    if (entry.packed === UNKNOWN32 || entry.inflated === UNKNOWN32 || entry.start === UNKNOWN32)
      throw refusals.damaged(name)
    if (!entry.deflated && entry.packed !== entry.inflated) throw refusals.damaged(name)
    entries.push(entry)
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
  return entries
}

function judgeSizes(entries: readonly ZipEntry[], limits: ZipLimits): void {
  let total = 0
  for (const e of entries) {
    total += e.inflated
    if (total > limits.inflatedBytes) throw refusals.bomb()
    if (e.inflated > 2 ** 20 && e.inflated > e.packed * limits.inflationRatio) throw refusals.bomb()
  }
}

/** Move `start` from the local header to the data behind it; refuse entries that overlap. */
async function locate(file: File, entries: ZipEntry[], directory: number): Promise<void> {
  const inOrder = entries.toSorted((a, b) => a.start - b.start)
  let free = 0
  for (const e of inOrder) {
    const header = await readAt(file, e.start, 30)
    if (e.start < free || header.length < 30 || header.readUInt32LE(0) !== LOCAL)
      throw refusals.damaged(e.name)
    e.start += 30 + header.readUInt16LE(26) + header.readUInt16LE(28)
    free = e.start + e.packed
    if (free > directory) throw refusals.damaged(e.name)
  }
}

function judgeNames(entries: Map<string, ZipEntry>): void {
  for (const name of entries.keys()) {
    if (name.startsWith('/') || name.includes('\0') || name.split('/').includes('..'))
      throw refusals.damaged()
    if (/(^|\/)vbaProject\.bin$|^xl\/(macrosheets|dialogsheets)\//i.test(name)) throw refusals.macros()
    if (/^xl\/externalLinks\//i.test(name)) throw refusals.externalLinks()
  }
  if (entries.has('xl/workbook.bin') || !entries.has('[Content_Types].xml')) throw refusals.notAWorkbook()
}
