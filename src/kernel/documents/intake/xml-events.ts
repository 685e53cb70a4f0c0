/**
 * Streaming XML: chunks in, events out, nothing kept. Entities are the five of XML and character references
 * only; a DOCTYPE, and with it every expansion trick, is refused.
 */
import { SaxesParser } from 'saxes'
import { refusals } from './refusals.ts'

export interface XmlEvents {
  /** Element name without its prefix: some programs write `x:row`. */
  open?(name: string, attributes: Record<string, string>): void
  close?(name: string): void
  text?(text: string): void
}

const local = (name: string): string => {
  const colon = name.indexOf(':')
  return colon < 0 ? name : name.slice(colon + 1)
}

/** So much XML without one element beginning or ending is no table: a parser would have to hold all of it. */
const LONGEST_QUIET = 2 * 2 ** 20

/** `after` runs behind each chunk: the place to hand out what has been gathered, and to wait for the taker. */
export async function readXml(
  chunks: AsyncIterable<Buffer>,
  part: string,
  events: XmlEvents,
  after?: () => Promise<void> | void,
): Promise<void> {
  const parser = new SaxesParser()
  parser.on('doctype', () => {
    throw refusals.doctype()
  })
  parser.on('error', () => {
    throw refusals.damaged(part)
  })
  let quiet = 0
  parser.on('opentag', (tag) => {
    quiet = 0
    events.open?.(local(tag.name), tag.attributes)
  })
  parser.on('closetag', (tag) => {
    quiet = 0
    events.close?.(local(tag.name))
  })
  parser.on('comment', () => (quiet = 0))
  if (events.text) {
    parser.on('text', (text) => events.text!(text))
    parser.on('cdata', (text) => events.text!(text))
  }
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const decode = (chunk?: Buffer): string => {
    try {
      return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode()
    } catch {
      throw refusals.damaged(part)
    }
  }
  for await (const chunk of chunks) {
    quiet += chunk.length
    parser.write(decode(chunk))
    if (quiet > LONGEST_QUIET) throw refusals.tooLongPart(part)
    const wait = after?.()
    if (wait) await wait
  }
  parser.write(decode())
  parser.close()
  await after?.()
}

/** `_x000D_` in cell text stands for a character that XML cannot carry; `_x005F_` for the underscore itself. */
export const decodeEscapes = (text: string): string =>
  text.includes('_x')
    ? text.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : text
