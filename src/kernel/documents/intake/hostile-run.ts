/**
 * The campaign against the spreadsheet intake (F14): every hostile file is given to `send`, which uploads it to a server
 * or reads it here; what comes back is held against what is allowed: an end within five seconds, with a sentence.
 */
import { hostileFiles } from './hostile-corpus.ts'

export interface Answered {
  /** `read`, or the code of the refusal. */
  code: string
  message: string
}
export interface HostileResult extends Answered {
  name: string
  ms: number
  /** Why it is not as it should be; null: it is. */
  wrong: string | null
}

export async function runHostileFiles(send: (file: { fileName: string; bytes: Uint8Array }) => Promise<Answered>, options: { seed?: number; flips?: number; longest?: number } = {}): Promise<HostileResult[]> {
  const results: HostileResult[] = []
  for (const file of hostileFiles(options)) {
    const bytes = file.bytes()
    const began = performance.now()
    const { code, message } = await send({ fileName: file.fileName, bytes }).catch((error: Error) => ({ code: 'crash', message: String(error) }))
    const ms = performance.now() - began
    const wrong = code === 'crash' || code === 'internal' ? `ended as ${code}: ${message}`
      : code === 'read' && file.wanted === 'refused' ? 'was read and ought not to be'
      : code !== 'read' && file.wanted === 'read' ? `was refused and ought not to be: ${code}`
      : code !== 'read' && !/[\u4e00-\u9fff].*。$/.test(message) ? `says nothing to people: ${message}`
      : ms > (options.longest ?? 5_000) ? `took ${Math.round(ms)} ms` : null
    results.push({ name: file.name, code, message, ms, wrong })
  }
  return results
}
