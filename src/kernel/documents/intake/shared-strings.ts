/**
 * The strings that cells refer to by number. Kept as UTF-8 in one growing buffer outside the heap: a million
 * strings cost their bytes, and not a million objects that hold on to the chunks they were cut from.
 */
import { decodeEscapes, readXml } from './xml-events.ts'
import { LONGEST_CELL } from './limits.ts'
import { refusals } from './refusals.ts'

/** A long text that stands in many cells is made once, not once a cell. */
const LONG = 1_000
const KEPT = 32

export class SharedStrings {
  private readonly long = new Map<number, string>()
  private bytes = Buffer.allocUnsafe(64 * 1024)
  private ends = new Uint32Array(4096)
  private count = 0
  private readonly limit: number

  constructor(limit: number) {
    this.limit = limit
  }

  add(text: string): void {
    const start = this.count === 0 ? 0 : this.ends[this.count - 1]!
    const length = Buffer.byteLength(text)
    if (start + length > this.limit || this.count * 4 > this.limit) throw refusals.outOfMemory()
    if (start + length > this.bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, start + length))
      this.bytes.copy(wider, 0, 0, start)
      this.bytes = wider
    }
    if (this.count === this.ends.length) {
      const wider = new Uint32Array(this.ends.length * 2)
      wider.set(this.ends)
      this.ends = wider
    }
    this.bytes.write(text, start)
    this.ends[this.count++] = start + length
  }

  get(index: number): string | undefined {
    if (!(index >= 0 && index < this.count)) return undefined
    const start = index === 0 ? 0 : this.ends[index - 1]!
    const end = this.ends[index]!
    if (end - start < LONG) return this.bytes.toString('utf8', start, end)
    const known = this.long.get(index)
    if (known !== undefined) return known
    const text = this.bytes.toString('utf8', start, end)
    if (this.long.size >= KEPT) this.long.clear()
    this.long.set(index, text)
    return text
  }
}

export async function readSharedStrings(
  chunks: AsyncIterable<Buffer>,
  limit: number,
): Promise<SharedStrings> {
  const strings = new SharedStrings(limit)
  let text = ''
  let collecting = false
  // Furigana and pinyin stand beside the text, not in it.
  let phonetic = 0
  await readXml(chunks, 'sharedStrings.xml', {
    open(name) {
      if (name === 'si') text = ''
      else if (name === 'rPh') phonetic++
      else if (name === 't') collecting = phonetic === 0
    },
    text(part) {
      if (!collecting) return
      text += part
      if (text.length > LONGEST_CELL) throw refusals.tooLongPart('sharedStrings.xml')
    },
    close(name) {
      if (name === 't') collecting = false
      else if (name === 'rPh') phonetic--
      else if (name === 'si') strings.add(decodeEscapes(text))
    },
  })
  return strings
}
