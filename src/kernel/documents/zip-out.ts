/** A zip container written into a stream: each part is deflated as it comes, its size and sum follow behind it. */
import { pipeline, Readable, Transform, type Writable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

interface Entry {
  name: Buffer
  offset: number
  crc: number
  packed: number
  size: number
}

/** Sizes behind the part (bit 3), names in UTF-8 (bit 11). 1980-01-01: the same table is the same file. */
const FLAGS = 0x0808
const DEFLATED = 8
const DAY = 0x21

export class ZipOut {
  private readonly out: Writable
  private readonly entries: Entry[] = []
  private offset = 0
  constructor(out: Writable) {
    this.out = out
  }

  private async write(bytes: Buffer): Promise<void> {
    if (this.out.destroyed) throw new Error('stream closed before the workbook was written')
    this.offset += bytes.length
    if (!this.out.write(bytes)) await this.until('drain')
  }

  /** Resolves with the event; a stream that closes before it has been given up by its taker. */
  private until(event: 'drain' | 'finish'): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (run: () => void) => () => {
        this.out.off(event, done).off('close', gone).off('error', gone)
        run()
      }
      const done = settle(resolve)
      const gone = settle(() => reject(new Error('stream closed before the workbook was written')))
      this.out.once(event, done).once('close', gone).once('error', gone)
    })
  }

  async add(part: string, content: AsyncIterable<string> | Iterable<string>): Promise<void> {
    const entry: Entry = { name: Buffer.from(part), offset: this.offset, crc: 0, packed: 0, size: 0 }
    this.entries.push(entry)
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(20, 4)
    head.writeUInt16LE(FLAGS, 6)
    head.writeUInt16LE(DEFLATED, 8)
    head.writeUInt16LE(DAY, 12)
    head.writeUInt16LE(entry.name.length, 26)
    await this.write(Buffer.concat([head, entry.name]))
    const plain = new Transform({
      transform(text: Buffer, _encoding, done) {
        entry.crc = crc32(text, entry.crc)
        entry.size += text.length
        done(null, text)
      },
    })
    const deflate = createDeflateRaw({ level: 5 })
    // Whatever breaks on the way destroys the last of them, and the loop throws it.
    pipeline(Readable.from(content, { objectMode: false }), plain, deflate, () => {})
    for await (const bytes of deflate as AsyncIterable<Buffer>) {
      entry.packed += bytes.length
      await this.write(bytes)
    }
    const tail = Buffer.alloc(16)
    tail.writeUInt32LE(0x08074b50, 0)
    tail.writeUInt32LE(entry.crc, 4)
    tail.writeUInt32LE(entry.packed, 8)
    tail.writeUInt32LE(entry.size, 12)
    await this.write(tail)
  }

  /** The directory, and the end of the stream. */
  async end(): Promise<void> {
    const start = this.offset
    for (const e of this.entries) {
      const record = Buffer.alloc(46)
      record.writeUInt32LE(0x02014b50, 0)
      record.writeUInt16LE(20, 4)
      record.writeUInt16LE(20, 6)
      record.writeUInt16LE(FLAGS, 8)
      record.writeUInt16LE(DEFLATED, 10)
      record.writeUInt16LE(DAY, 14)
      record.writeUInt32LE(e.crc, 16)
      record.writeUInt32LE(e.packed, 20)
      record.writeUInt32LE(e.size, 24)
      record.writeUInt16LE(e.name.length, 28)
      record.writeUInt32LE(e.offset, 42)
      await this.write(Buffer.concat([record, e.name]))
    }
    const close = Buffer.alloc(22)
    close.writeUInt32LE(0x06054b50, 0)
    close.writeUInt16LE(this.entries.length, 8)
    close.writeUInt16LE(this.entries.length, 10)
    close.writeUInt32LE(this.offset - start, 12)
    close.writeUInt32LE(start, 16)
    await this.write(close)
    this.out.end()
    if (!this.out.writableFinished) await this.until('finish')
  }
}
