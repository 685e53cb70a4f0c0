/**
 * PDF from a typst template and data. Values go in as JSON, never as markup: what people typed cannot become code.
 * Compiled in a thread of its own, so that nobody's request waits for somebody's document.
 */
import { Worker } from 'node:worker_threads'
import { Problem } from '../contract/problem.rules.ts'

const LONGEST_MS = 30_000

export function renderPdf(template: string, data: unknown): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./pdf.worker.ts', import.meta.url), {
      workerData: { template, data: JSON.stringify(data) }, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    const clock = setTimeout(() => void worker.terminate(), LONGEST_MS)
    worker.once('message', (m: { pdf?: Uint8Array; error?: string }) => (m.pdf ? resolve(Buffer.from(m.pdf)) : reject(new Error(m.error))))
    worker.once('error', reject)
    worker.once('exit', () => {
      clearTimeout(clock)
      reject(new Problem('unavailable', '生成 PDF 超时，请稍后再试。'))
    })
  })
}
