/** What a file is by its first bytes, held against what its name claims. */
import { open, type FileHandle } from 'node:fs/promises'
import { extname } from 'node:path'
import { refusals } from './refusals.ts'
import type { IntakeLimits } from './limits.ts'

const OLE = Buffer.from('d0cf11e0a1b11ae1', 'hex')
const ENCRYPTED = Buffer.from('EncryptedPackage', 'utf16le')

export async function fileKind(
  path: string,
  fileName: string,
  limits: IntakeLimits,
): Promise<'xlsx' | 'csv'> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size === 0) throw refusals.emptyFile()
    if (size > limits.fileBytes) throw refusals.tooLarge(limits.fileBytes)
    const head = await readAt(file, 0, Math.min(size, 4096))
    const extension = extname(fileName).toLowerCase()
    if (head.subarray(0, 8).equals(OLE)) {
      throw (await contains(file, size, ENCRYPTED)) ? refusals.password() : refusals.oldWorkbook()
    }
    const zip = head.subarray(0, 4).toString('latin1') === 'PK\x03\x04'
    switch (extension) {
      case '.xlsx':
        if (!zip) throw refusals.notAWorkbook()
        return 'xlsx'
      case '.xlsm':
      case '.xltm':
        throw refusals.macros()
      case '.csv':
      case '.tsv':
      case '.txt':
        if (zip) throw refusals.wrongType(extension, '压缩包或工作簿')
        if (
          /^\s*(<!doctype|<html|<table|<\?xml|%pdf-)/i.test(
            head.toString('latin1').replace(/^\xef\xbb\xbf/, ''),
          )
        ) {
          throw refusals.wrongType(extension, '网页或其他文档')
        }
        return 'csv'
      case '.xls':
      case '.et':
        // Web systems often export an HTML table or an .xlsx under this name.
        throw refusals.wrongType(extension, zip ? '新版工作簿或压缩包' : '网页或文本')
      default:
        throw refusals.unknownType()
    }
  } finally {
    await file.close()
  }
}

export async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length)
  const { bytesRead } = await file.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

async function contains(file: FileHandle, size: number, needle: Buffer): Promise<boolean> {
  const step = 2 ** 20
  for (let at = 0; at < size; at += step) {
    if ((await readAt(file, at, step + needle.length)).includes(needle)) return true
  }
  return false
}
