/**
 * Slow clients are cut off (M8, C47). Node's own request timeout is one for everything: with it either a slow upload that
 * moves on is lost, or a slow form holds a connection for minutes. So it is a last resort, and once a second every open
 * request is asked what it waits for: a body has so long, a file has as long as it moves, an answer as long as it is read.
 */
import net from 'node:net'
import type { FastifyInstance, FastifyRequest, FastifyReply } from 'fastify'

export interface Patience {
  /** A whole body of JSON. */
  bodyMs: number
  /** A file that brings nothing new. */
  stillMs: number
  /** A file brings at least so many bytes a second, seen over a minute. */
  bytesPerSecond: number
  /** An answer of which nothing is taken. */
  unreadMs: number
}
export const PATIENCE: Patience = { bodyMs: 12_000, stillMs: 15_000, bytesPerSecond: 2_048, unreadMs: 15_000 }
export const HEADERS_MS = 8_000
/** No file takes longer. */
export const UPLOAD_MS = 60 * 60_000
const MINUTE = 60_000

interface Open {
  request: FastifyRequest
  reply: FastifyReply
  since: number
  upload: boolean
  received: number
  moved: number
  /** Received at the beginning of this minute. */
  minute: { at: number; received: number }
  sent: number
  taken: number
}

export function refuseSlow(app: FastifyInstance, patience: Patience = PATIENCE): void {
  const open = new Set<Open>()
  app.addHook('onRequest', async (request, reply) => {
    const { socket } = request.raw
    // Requests that come over no network are nobody's slow line.
    if (!(socket instanceof net.Socket)) return
    const now = Date.now()
    const received = socket.bytesRead
    const one: Open = {
      request, reply, since: now, upload: request.routeOptions.config.upload === true,
      received, moved: now, minute: { at: now, received }, sent: socket.bytesWritten, taken: now,
    }
    open.add(one)
    reply.raw.once('close', () => {
      // An answer may go out before the body is in: what still comes is nobody's file any more.
      one.upload = false
      if (request.raw.complete || socket.destroyed) open.delete(one)
      else request.raw.once('close', () => open.delete(one)).once('end', () => open.delete(one))
    })
  })
  const refuse = (one: Open) => {
    open.delete(one)
    const { reply, request } = one
    if (!reply.sent && !reply.raw.headersSent) {
      reply.code(408).headers({ connection: 'close', 'content-type': 'application/problem+json; charset=utf-8' })
      void reply.send(JSON.stringify({ code: 'too_slow', message: '传输太慢，这次没有保存任何内容。请检查网络后再试。' }))
    }
    // The sentence gets its moment on the way out. The request is ended with its socket: once it is answered, Node would not
    // tell whoever still waits for the rest of the body.
    setTimeout(() => {
      request.raw.destroy()
      request.raw.socket.destroy()
    }, 200).unref()
  }
  const sweep = setInterval(() => {
    const now = Date.now()
    for (const one of open) {
      const { socket } = one.request.raw
      if (socket.destroyed) {
        open.delete(one)
        continue
      }
      if (!one.request.raw.complete) {
        if (!one.upload) {
          if (now - one.since > patience.bodyMs) refuse(one)
          continue
        }
        if (socket.bytesRead > one.received) Object.assign(one, { received: socket.bytesRead, moved: now })
        const tooSlow = now - one.minute.at >= MINUTE && one.received - one.minute.received < (patience.bytesPerSecond * MINUTE) / 1000
        // While we do not read, the client cannot send: a file system that is slow is not its fault.
        if (!one.request.raw.isPaused() && (tooSlow || now - one.moved > patience.stillMs)) refuse(one)
        else if (now - one.minute.at >= MINUTE) one.minute = { at: now, received: one.received }
        continue
      }
      const taken = socket.bytesWritten - socket.writableLength
      if (socket.writableLength === 0 || taken > one.sent) Object.assign(one, { sent: taken, taken: now })
      else if (now - one.taken > patience.unreadMs) {
        open.delete(one)
        socket.destroy()
      }
    }
  }, 1_000)
  sweep.unref()
  app.addHook('onClose', async () => clearInterval(sweep))
}
