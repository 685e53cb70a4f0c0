/** In which encoding a text file is written: a byte order mark says so, valid UTF-8 proves it, GB 18030 is the rest. */
import { open } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { readAt } from './file-kind.ts'
import { refusals } from './refusals.ts'

export async function detectEncoding(path: string): Promise<string> {
  const file = await open(path, 'r')
  let head: Buffer
  try {
    head = await readAt(file, 0, 4096)
  } finally {
    await file.close()
  }
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8'
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  if (head.includes(0)) return withoutMark(head)
  if (await decodes(path, 'utf-8')) return 'utf-8'
  if (await decodes(path, 'gb18030')) return 'gb18030'
  throw refusals.unknownEncoding()
}

/** UTF-16 without its mark: separators and digits leave a zero in every other byte. */
function withoutMark(head: Buffer): string {
  let [even, odd] = [0, 0]
  for (let i = 0; i < head.length; i++) if (head[i] === 0) i % 2 ? odd++ : even++
  if (odd > head.length / 20 && even === 0) return 'utf-16le'
  if (even > head.length / 20 && odd === 0) return 'utf-16be'
  throw refusals.notText()
}

async function decodes(path: string, encoding: string): Promise<boolean> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  const stream = createReadStream(path)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) decoder.decode(chunk, { stream: true })
    decoder.decode()
    return true
  } catch (error) {
    if (error instanceof TypeError) return false
    throw error
  } finally {
    stream.destroy()
  }
}

/** Text of the file, piece by piece, without its mark. Bytes that are not of this encoding are an error. */
export async function* decodeFile(path: string, encoding: string): AsyncGenerator<string> {
  let decoder: InstanceType<typeof TextDecoder>
  try {
    decoder = new TextDecoder(encoding, { fatal: true })
  } catch {
    throw refusals.unknownEncoding(encoding)
  }
  const stream = createReadStream(path)
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    if (error instanceof TypeError) throw refusals.unknownEncoding(encoding)
    throw error
  } finally {
    stream.destroy()
  }
}
