/**
 * An operation is declared once, with its schemas; the server routes it, the web calls it with its types,
 * OpenAPI describes it, and the permission matrix lists it. Reads are GET, everything that changes is POST
 * with JSON only: a form on a foreign page can send neither.
 */
import type { z } from 'zod'

/** What somebody may do so and so often: kernel/server/limits.ts. */
export type Rate = 'read' | 'write' | 'search' | 'export' | 'upload' | 'sign-in'

/** `public` needs no sign-in (allow-listed in a test), `signed-in` any session; otherwise a permission. */
export type Access = 'public' | 'signed-in' | (string & {})

export interface Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  /** `noun.verb`, unique; also the name under which it is audited. */
  id: string
  method: 'GET' | 'POST'
  /** Under /api, with `:params` taken from the input. */
  path: string
  /** What it does, in Chinese, for OpenAPI and the permission matrix. */
  label: string
  access: Access
  input: I
  output: O
  /** Answers with a file or stream instead of JSON. */
  binary?: boolean
  /** Takes an uploaded file (multipart) besides its input. */
  upload?: boolean
  /** Largest file that this operation takes; the server has a bound of its own besides. */
  maxBytes?: number
  /** A critical act: who asks for it must have proved who they are within the last five minutes (V7.5.1, V7.5.3). */
  stepUp?: boolean
  /** Lists of the answer that come as a whole and not in pages of at most 200, and why that stays small (C48). */
  whole?: Readonly<Record<string, string>>
  /** The answer holds what is shown once, a password or somebody's number: it is never kept for a repetition. */
  shownOnce?: boolean
  /** How long it may work; without it a person's patience, and more for files in and out. */
  pace?: 'quick' | 'long'
  /** Counted as; without it by what it is: export, upload, read or write. */
  rate?: Rate
  /** Bytes of JSON, where a megabyte does not do. */
  bodyLimit?: number
}

export const rateOf = (o: Operation): Rate => o.rate ?? (o.binary ? 'export' : o.upload ? 'upload' : o.method === 'GET' ? 'read' : 'write')
export const paceOf = (o: Operation): 'quick' | 'long' => o.pace ?? (o.binary || o.upload ? 'long' : 'quick')

export function operation<I extends z.ZodType, O extends z.ZodType>(o: Operation<I, O>): Operation<I, O> {
  return o
}

export type InputOf<T> = T extends Operation<infer I, any> ? z.output<I> : never
export type OutputOf<T> = T extends Operation<any, infer O> ? z.output<O> : never
