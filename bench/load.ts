/** Load from a child process, and the figures of several alternating rounds. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface LoadRequest {
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  /** `__N__` in it becomes a fresh number for each request. */
  body?: string
}
export interface LoadJob {
  url: string
  connections: number
  seconds: number
  headers?: Record<string, string>
  requests: LoadRequest[]
  /** Digits in front of the fresh numbers, so that rounds do not meet. */
  run: number
}
export interface LoadResult {
  perSecond: number
  p50: number
  p99: number
  answered: number
  failed: number
}

/** Runs a script of ours with a JSON argument and reads the JSON that it prints. */
export function child<T>(script: string, argument: unknown, more: { onPid?: (pid: number) => void } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL(script, import.meta.url))
    const running = spawn(process.execPath, [file, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (running.pid) more.onPid?.(running.pid)
    let text = ''
    running.stdout.on('data', (chunk: Buffer) => (text += chunk))
    running.once('error', reject)
    running.once('close', (code) => (code === 0 ? resolve(JSON.parse(text) as T) : reject(new Error(`${script} ended with ${code}`))))
  })
}

let runs = 0
export const load = (job: Omit<LoadJob, 'run' | 'connections'> & { connections?: number }): Promise<LoadResult> =>
  child<LoadResult>('./load-child.ts', { connections: 16, ...job, run: 100 + (Date.now() % 9e8) + ++runs })

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export interface Compared {
  ours: LoadResult
  bound: LoadResult
  /** Median of the rounds' ratios: what disturbs a round disturbs both halves of it. */
  ratio: number
}

const middle = (results: readonly LoadResult[]): LoadResult => ({
  perSecond: median(results.map((r) => r.perSecond)), p50: median(results.map((r) => r.p50)), p99: median(results.map((r) => r.p99)),
  answered: results.reduce((n, r) => n + r.answered, 0), failed: results.reduce((n, r) => n + r.failed, 0),
})

/** Ours and the bound in turns, after one unmeasured turn each; which goes first changes from round to round. */
export async function alternate(rounds: number, ours: () => Promise<LoadResult>, bound: () => Promise<LoadResult>): Promise<Compared> {
  await ours()
  await bound()
  const a: LoadResult[] = []
  const b: LoadResult[] = []
  for (let i = 0; i < rounds; i++) {
    if (i % 2) b.push(await bound())
    a.push(await ours())
    if (i % 2 === 0) b.push(await bound())
  }
  return { ours: middle(a), bound: middle(b), ratio: median(a.map((r, i) => r.perSecond / b[i]!.perSecond)) }
}

/** The same for work that is timed as a whole: milliseconds, ratio = ours ÷ bound. */
export async function alternateTimes(rounds: number, ours: () => Promise<number>, bound: () => Promise<number>): Promise<{ ours: number; bound: number; ratio: number }> {
  const a: number[] = []
  const b: number[] = []
  for (let i = 0; i < rounds; i++) {
    if (i % 2) b.push(await bound())
    a.push(await ours())
    if (i % 2 === 0) b.push(await bound())
  }
  return { ours: median(a), bound: median(b), ratio: median(a.map((t, i) => t / b[i]!)) }
}
