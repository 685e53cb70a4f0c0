/** Small files of every kind that may be attached, valid down to their last byte. */
import { crc32, deflateSync } from 'node:zlib'
import { strToU8, zipSync } from 'fflate'
import { workbook } from '../documents/intake/test-files.ts'

function chunk(type: string, body: Buffer): Buffer {
  const out = Buffer.alloc(12 + body.length)
  out.writeUInt32BE(body.length, 0)
  out.write(type, 4, 'latin1')
  body.copy(out, 8)
  out.writeUInt32BE(crc32(out.subarray(4, 8 + body.length)), 8 + body.length)
  return out
}
/** A picture of one colour. */
export function png(width = 40, height = 30, [r, g, b] = [31, 96, 168]): Buffer {
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  head.set([8, 2, 0, 0, 0], 8)
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, Buffer.from([r, g, b]))])
  return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(Array.from({ length: height }, () => row)))), chunk('IEND', Buffer.alloc(0))])
}

export const pdf = (words = 'x'): Buffer => Buffer.from(`%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\nendobj\n% ${words}\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF\n`)

export const ole = (stream: string, more = ''): Buffer => {
  const file = Buffer.alloc(2048)
  file.set(Buffer.from('d0cf11e0a1b11ae1', 'hex'))
  file.writeUInt16LE(9, 30)
  file.write(stream, 1024, 'utf16le')
  file.write(more, 1200, 'utf16le')
  return file
}

export const zipped = (names: string[]): Buffer => Buffer.from(zipSync(Object.fromEntries(names.map((n) => [n, strToU8('<a/>')]))))
export const jpg = Buffer.concat([Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), Buffer.alloc(80, 1), Buffer.from('ffd9', 'hex')])
export const webp = (): Buffer => {
  const file = Buffer.alloc(40)
  file.write('RIFF')
  file.writeUInt32LE(32, 4)
  file.write('WEBPVP8 ', 8)
  return file
}
export const heic = (): Buffer => {
  const file = Buffer.alloc(48)
  file.writeUInt32BE(24, 0)
  file.write('ftypheic', 4)
  file.writeUInt32BE(24, 24)
  file.write('mdat', 28)
  return file
}
export const xlsx = (): Buffer => Buffer.from(workbook({ rows: '<row r="1"><c r="A1"><v>1</v></c></row>' }))
