/** The content of one zip entry as a stream of chunks, counted and summed against what the directory declares. */
import { createReadStream } from 'node:fs'
import { crc32, createInflateRaw } from 'node:zlib'
import { refusals } from './refusals.ts'
import type { ZipEntry } from './zip-directory.ts'

const CHUNK = 64 * 1024

export async function* inflate(path: string, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.packed === 0) {
    if (entry.inflated !== 0) throw refusals.damaged(entry.name)
    return
  }
  const packed = createReadStream(path, {
    start: entry.start,
    end: entry.start + entry.packed - 1,
    highWaterMark: CHUNK,
  })
  const source = entry.deflated ? packed.pipe(createInflateRaw({ chunkSize: CHUNK })) : packed
  if (source !== packed) packed.on('error', (error) => source.destroy(error))
  let [size, crc] = [0, 0]
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      size += chunk.length
      // More than declared: the sizes lie, which is how a bomb passes the first check.
      if (size > entry.inflated) throw refusals.bomb()
      crc = crc32(chunk, crc)
      yield chunk
    }
  } catch (error) {
    if (error instanceof Error && /^(Z_|ERR_)/.test(String((error as NodeJS.ErrnoException).code)))
      throw refusals.damaged(entry.name)
    throw error
  } finally {
    source.destroy()
    packed.destroy()
  }
  if (size !== entry.inflated || crc !== entry.crc) throw refusals.damaged(entry.name)
}
