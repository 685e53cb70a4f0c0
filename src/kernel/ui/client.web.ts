/** The one way to the server: an operation's contract gives address, method and types. */
import type { z } from 'zod'
import type { Operation, OutputOf } from '../contract/contract.rules.ts'
import { Problem, type ProblemBody } from '../contract/problem.rules.ts'

export type InputFor<O extends Operation> = z.input<O['input']>

export interface CallOptions {
  signal?: AbortSignal
  /** A repetition with the same key has no second effect and gets the same answer. */
  idempotencyKey?: string
  /** Refuse with 401 instead of asking the person to sign in again and repeating the call. */
  quiet?: boolean
}

let token = ''
/** The session's token, sent with everything that changes something. */
export const rememberToken = (next: string): void => {
  token = next
}

type Remedy = () => Promise<void>
const remedies = new Map<string, Remedy>()
/**
 * What mends a refusal of this code: signing in again, proving who one is, fetching the page's token anew. When it
 * resolves, the call is made once more; when it rejects, that is the call's refusal.
 */
export function mend(code: string, remedy: Remedy): () => void {
  remedies.set(code, remedy)
  return () => void (remedies.get(code) === remedy && remedies.delete(code))
}

/** Tells the person that the server asked for a pause of so many seconds; the answer takes the word back. */
let sayPause: (seconds: number) => () => void = () => () => {}
export const onPause = (say: typeof sayPause): void => {
  sayPause = say
}
const PAUSES = 2
const LONGEST_PAUSE = 30
const pauseOf = (error: unknown): number | null => {
  const seconds = error instanceof Problem && error.status === 429 ? Number(error.body.params?.retryAfter) : NaN
  return seconds > 0 && seconds <= LONGEST_PAUSE ? seconds : null
}
/** Too often is not wrong: the pause is kept and the call goes on, as the person would do. */
async function withPauses<T>(options: CallOptions, attempt: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n++) {
    try {
      return await attempt()
    } catch (error) {
      const seconds = pauseOf(error)
      if (seconds === null || n > PAUSES) throw error
      const over = sayPause(seconds)
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
      over()
      options.signal?.throwIfAborted()
    }
  }
}

/** 128 random bits. `crypto.randomUUID` is missing on plain-http intranet addresses. */
export const newKey = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, '0')).join('')

export interface Address {
  url: string
  /** What is left of the input after the path took its parameters. */
  rest: Record<string, unknown>
}

export function addressOf(operation: Operation, input: Record<string, unknown>): Address {
  const rest: Record<string, unknown> = { ...input }
  const path = operation.path.replace(/:(\w+)/g, (_all, name: string) => {
    delete rest[name]
    return encodeURIComponent(String(input[name]))
  })
  if (operation.method === 'POST') return { url: `/api${path}`, rest }
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(rest)) if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
  const text = query.toString()
  return { url: `/api${path}${text ? `?${text}` : ''}`, rest: {} }
}

export const OFFLINE = () => new Problem('unavailable', '连接不上服务器。请检查网络后再试，您填写的内容还在本页。', { params: { offline: true } })

/** Whatever came back instead of an answer, as a Problem with a sentence for people. */
export function problemFrom(status: number, text: string): Problem {
  try {
    const { code, message, ...more } = JSON.parse(text) as ProblemBody
    if (code && message) return new Problem(code, message, more)
  } catch {
    // Not ours: a proxy's page, or nothing.
  }
  if (status === 413) return new Problem('too_large', '内容太大，服务器没有接收。')
  return new Problem('unavailable', `服务器暂时没有正常应答（${status}），请稍后再试。`)
}

/**
 * Pages look by themselves for what is new. Where nobody touched anything for a minute they say so, and the session grows
 * old as if nothing had been asked: otherwise a page left open would keep it alive all day. A wall in full screen is looked at.
 */
const UNTOUCHED_MS = 60_000
let touched = Date.now()
if (typeof window !== 'undefined') for (const sign of ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart']) window.addEventListener(sign, () => void (touched = Date.now()), { passive: true, capture: true })
const unattended = (): boolean => Date.now() - touched > UNTOUCHED_MS && (typeof document === 'undefined' || !document.fullscreenElement)

export const headersFor = (operation: Operation, options: CallOptions): Record<string, string> => ({
  accept: 'application/json',
  ...(unattended() ? { 'x-gongxie-unattended': '1' } : {}),
  ...(operation.method === 'POST' ? { 'x-gongxie-token': token } : {}),
  ...(options.idempotencyKey ? { 'idempotency-key': options.idempotencyKey } : {}),
})

async function send(operation: Operation, input: unknown, options: CallOptions): Promise<Response> {
  const { url, rest } = addressOf(operation, (input ?? {}) as Record<string, unknown>)
  const post = operation.method === 'POST'
  let response: Response
  try {
    response = await fetch(url, {
      method: operation.method,
      credentials: 'same-origin',
      headers: { ...headersFor(operation, options), ...(post ? { 'content-type': 'application/json' } : {}) },
      body: post ? JSON.stringify(rest) : undefined,
      signal: options.signal,
    })
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error
    throw OFFLINE()
  }
  if (response.ok) return response
  throw problemFrom(response.status, await response.text())
}

/** Runs `attempt`; where the refusal can be mended, waits for that and runs it once more. */
export async function withSession<T>(operation: Operation, options: CallOptions, attempt: () => Promise<T>): Promise<T> {
  const mended = new Set<string>()
  for (;;) {
    try {
      return await withPauses(options, attempt)
    } catch (error) {
      const code = error instanceof Problem ? error.body.code : ''
      const remedy = remedies.get(code)
      if (!remedy || mended.has(code) || options.quiet || operation.access === 'public') throw error
      mended.add(code)
      await remedy()
    }
  }
}

export const request = (operation: Operation, input: unknown, options: CallOptions = {}): Promise<Response> =>
  withSession(operation, options, () => send(operation, input, options))

export async function call<O extends Operation>(operation: O, input: InputFor<O>, options: CallOptions = {}): Promise<OutputOf<O>> {
  const response = await request(operation, input, options)
  return (await response.json()) as OutputOf<O>
}
