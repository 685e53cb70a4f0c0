/** Serves the built web application: hashed assets for a year, the page itself with a fresh nonce every time. */
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import fastifyStatic from '@fastify/static'
import { pagePolicy } from './headers.ts'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

export async function serveWeb(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(fastifyStatic, {
    root: path.join(folder, 'assets'), prefix: '/assets/', decorateReply: false,
    immutable: true, maxAge: '365d', preCompressed: true, index: false,
  })
  let page: string | undefined
  const sendPage = async (_request: FastifyRequest, reply: FastifyReply) => {
    page ??= fs.readFileSync(path.join(folder, 'index.html'), 'utf8')
    const nonce = randomBytes(16).toString('base64')
    return reply
      .headers({
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': pagePolicy(nonce),
      })
      .send(page.replaceAll('__NONCE__', nonce))
  }
  app.get('/favicon.svg', async (_r, reply) => reply.type('image/svg+xml').header('cache-control', 'max-age=86400').send(fs.readFileSync(path.join(folder, 'favicon.svg'))))
  app.get('/', sendPage)
  // Pages are named by the browser's router; a path with a dot is a missing file, not a page.
  app.get('/*', async (request, reply) => (request.url.split('?')[0]!.includes('.') || request.url.startsWith('/api/') ? reply.callNotFound() : sendPage(request, reply)))
}
