/** The HTTP server: iterates over the domains' handlers, one transaction per request, one shape of refusal. */
import { randomBytes, createHash, timingSafeEqual } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Readable, Transform } from 'node:stream'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import cookie from '@fastify/cookie'
import compress from '@fastify/compress'
import multipart from '@fastify/multipart'
import { sql } from 'kysely'
import { Problem, forbidden, invalid, type ProblemBody } from '../contract/problem.rules.ts'
import type { Database, Transaction } from '../db/database.ts'
import type { Context, Domain, FileAnswer, Handler, UploadedFile } from '../domain.ts'
import { bindSecrets, secretsFolder } from '../authority/crypto.ts'
import { GATE_CODES, GATE_SENTENCES, REACHABLE } from '../authority/gate.rules.ts'
import { sessionHandlers, tokenOf } from '../authority/session.handlers.ts'
import { csrfToken, gateOf, readSession, type Session } from '../authority/session.procedures.ts'
import { singleSignOn, type Provider } from '../authority/single-sign-on.ts'
import { paceOf, rateOf } from '../contract/contract.rules.ts'
import { declareWords } from '../audit/words.ts'
import { recordUntraced } from '../audit/record.ts'
import { actOf, referenceOf, RequestTrail, whyOf, type Seen } from '../audit/requests.ts'
import { bodyOf } from './answer.ts'
import { problemOf } from './failure.ts'
import { ALWAYS, headEverything, RAW_HEADERS } from './headers.ts'
import type { Limits } from './limits.ts'
import { openApi } from './openapi.ts'
import { HEADERS_MS, PATIENCE, refuseSlow, UPLOAD_MS, type Patience } from './slow.ts'
import { serveWeb } from './static.ts'
import type { Jobs } from './jobs.ts'

export interface ServerOptions {
  db: Database
  dataDir: string
  domains: readonly Domain[]
  jobs: Jobs
  /** Folder of the built web application; absent in tests of the API alone. */
  web?: string
  version: string
  logger?: boolean
  maxUploadBytes?: number
  /** The city in the database is generated: the sign-in page says so. */
  sample?: boolean
  /** Posts that must have a second factor are held to it (the default); a sample only offers it. */
  secondFactor?: 'required' | 'offered'
  singleSignOn?: Provider | null
  /** Where people reach the platform, e.g. https://gongxie.example.gov.cn; otherwise as the request says. */
  publicUrl?: string
  /** Addresses and networks whose forwarded headers are believed; none unless they are named. */
  trustedProxies?: readonly string[]
  /** Folder of the keys; by default `secrets` in the data folder. */
  secretsDir?: string
  /** Hold every answer against its whole contract, as tests do; otherwise it is cut to its shape. */
  verify?: boolean
  /** Without them nobody is counted, as in tests. */
  limits?: Limits
  /** What keeps this process from being sent requests; without it the database is asked. */
  unready?: () => string[]
  patience?: Patience
  maxConnections?: number
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Takes a file: it may come slowly, as long as it comes. */
    upload?: boolean
  }
}

export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { db, limits, verify = process.env.NODE_ENV === 'test', maxUploadBytes = 64 * 1024 * 1024 } = options
  bindSecrets(options.secretsDir ?? secretsFolder(options.dataDir))
  const enforced = options.secondFactor !== 'offered'
  const app = Fastify({
    // Without a list no header says where a request comes from: the address is that of the connection.
    trustProxy: options.trustedProxies?.length ? [...options.trustedProxies] : false,
    logger: options.logger
      ? { level: 'warn', redact: ['req.headers.cookie', 'req.headers["x-gongxie-token"]'] }
      : false,
    bodyLimit: 1024 * 1024,
    // The longest that any request may take to arrive; what is not a file has far less (slow.ts).
    requestTimeout: UPLOAD_MS,
    connectionTimeout: 0,
    keepAliveTimeout: 65_000,
    http: { headersTimeout: HEADERS_MS, connectionsCheckingInterval: 1_000 },
    // While it closes, what was accepted is still answered (C62).
    return503OnClosing: false,
    clientErrorHandler(error, socket) {
      const status = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request'
      if (socket.writable) socket.write(`HTTP/1.1 ${status}\r\n${RAW_HEADERS}content-length: 0\r\nconnection: close\r\n\r\n`)
      socket.destroy(error)
    },
    frameworkErrors: (_error, _request, reply) => void sendProblem(reply.headers(ALWAYS), 400, { code: 'invalid_input', message: '地址的格式不正确。' }),
    routerOptions: { maxParamLength: 300 },
    genReqId: () => randomBytes(8).toString('hex'),
  })
  app.server.maxConnections = options.maxConnections ?? 5_000
  headEverything(app)
  refuseSlow(app, options.patience ?? PATIENCE)
  // JSON only: a form on a foreign page can send text, but not this.
  app.removeContentTypeParser('text/plain')
  await app.register(cookie)
  await app.register(compress, { threshold: 1024, encodings: ['br', 'gzip'], brotliOptions: { params: { 1: 4 } } })
  await app.register(multipart, { limits: { fileSize: maxUploadBytes, files: 1, fields: 10, fieldSize: 1024 * 1024 } })

  const constraints = new Map<string, string>(options.domains.flatMap((d) => Object.entries(d.constraints ?? {})))
  app.setErrorHandler(async (error, request, reply) => {
    const problem = problemOf(error, constraints)
    if (!problem) {
      request.log.error(error)
      return sendProblem(reply, 500, { code: 'internal', message: `系统内部出错，内容没有保存。请把编号 ${request.id} 告诉管理员。` })
    }
    return sendProblem(reply, problem.status, problem.body)
  })

  const started = Date.now()
  app.get('/health', async () => ({ ok: true, version: options.version, sample: !!options.sample, uptimeSeconds: Math.round((Date.now() - started) / 1000) }))
  app.get('/ready', async (_request, reply) => {
    // Whoever watches the database knows. To stand in line for a connection would say of a busy process that it is none.
    const reasons = options.unready?.() ?? ((await answersWithin(2_000, db.ping())) ? [] : ['database'])
    return reasons.length ? reply.code(503).header('retry-after', '2').send({ ready: false, reasons }) : { ready: true }
  })

  const door = { db, enforced, singleSignOn: options.singleSignOn ? singleSignOn(db, options.singleSignOn) : null, publicUrl: options.publicUrl }
  const handlers: Handler[] = [...sessionHandlers(door), ...options.domains.flatMap((d) => d.handlers)]
  declareWords(options.domains, handlers.map((h) => h.operation))
  const trail = new RequestTrail(db, (error) => app.log.error(error))
  const document = openApi(handlers.map((h) => h.operation), options.version)
  // Made to text once: it is large, and whoever wants to keep us busy needs no session for it.
  const described = Buffer.from(JSON.stringify(document))
  app.get('/openapi.json', async (request, reply) => {
    limits?.count('anonymous', `a${request.ip}`)
    return reply.header('content-type', 'application/json; charset=utf-8').send(described)
  })

  for (const handler of handlers) {
    const { operation } = handler
    app.route({
      method: operation.method,
      url: `/api${operation.path}`,
      bodyLimit: operation.bodyLimit,
      config: { upload: operation.upload },
      handler: async (request, reply) => {
        const seen: Seen = { token: tokenOf(request) }
        try {
          return await answer(handler, request, reply, seen)
        } catch (error) {
          await trail.refused(operation, problemOf(error, constraints)?.body.code ?? 'internal', seen, request)
          throw error
        }
      },
    })
  }

  async function answer(handler: Handler, request: FastifyRequest, reply: FastifyReply, seen: Seen): Promise<unknown> {
    const { operation } = handler
    const session = operation.access === 'public' ? null : await requireSession(request)
    seen.session = session
    limits?.count(rateOf(operation), session ? `p${session.personId}` : `a${request.ip}`)
    if (operation.method === 'POST') refuseForeign(request, operation.access === 'public' ? null : tokenOf(request)!)
    const gate = session && gateOf(session, enforced)
    if (gate && !REACHABLE[gate].includes(operation.id)) throw new Problem(GATE_CODES[gate], GATE_SENTENCES[gate])
    const actor = session?.actor ? { ...session.actor, session: referenceOf(session), address: request.ip } : null
    // Whoever holds no post today may only see that, change the password and leave.
    if (session && !actor && (operation.access !== 'signed-in' || handler.mode === 'transaction')) throw forbidden()
    if (session && operation.access !== 'signed-in') {
      if (!actor!.permissions.includes(operation.access)) throw forbidden()
    }
    if (session?.readOnly && operation.method === 'POST' && !operation.id.startsWith('session.')) throw new Problem('unavailable', '系统已被临时设为只读，这次没有保存任何内容。您填写的内容还在本机，请等候通知后再提交。')
    if (operation.stepUp && session && !session.proved) throw new Problem('reauth_required', '这是关键操作，请先验证您的身份。')
    let file: UploadedFile | undefined
    try {
      let raw: unknown
      if (operation.upload) {
        const received = await receive(request, options.dataDir, Math.min(maxUploadBytes, operation.maxBytes ?? maxUploadBytes))
        file = received.file
        raw = { ...received.input, ...(request.params as object) }
      } else if (request.isMultipart()) throw new Problem('unsupported_type', '只接受 JSON 格式的请求。')
      else raw = operation.method === 'GET' ? { ...(request.query as object), ...(request.params as object) } : { ...((request.body as object) ?? {}), ...(request.params as object) }
      refuseOddText(raw)
      const input = operation.input.parse(raw)
      seen.input = input
      const own = db.at(paceOf(operation))
      const context = { db: own, dataDir: options.dataDir, jobs: options.jobs, request, file, actor, session, reply } as unknown as Context
      if (operation.binary && limits) {
        const giveBack = await limits.placeFor(session!.personId)
        reply.raw.once('close', () => void giveBack().catch(() => {}))
      }
      const result = await perform(handler, context, input, request)
      // A transaction of the request has left its line; what ran otherwise, or leaves the house, does so here.
      if (operation.binary) await trail.done(operation, seen, request, { file: (result as FileAnswer).fileName })
      else if (handler.mode === 'context' && operation.method === 'POST') await trail.done(operation, { ...seen, session: (context as unknown as { session: Session | null }).session }, request)
      if (operation.binary) return sendFile(reply, result as FileAnswer)
      const body = typeof result === 'string' ? result : bodyOf(operation, result, verify)
      return reply.header('content-type', 'application/json; charset=utf-8').send(body)
    } finally {
      if (file) fs.rmSync(file.path, { force: true })
    }
  }

  /** A POST with an Idempotency-Key is answered once; a repetition gets the same answer without a second effect. */
  async function perform(handler: Handler, context: Context, input: unknown, request: FastifyRequest): Promise<unknown> {
    const { operation } = handler
    const act = { operation: operation.id, reads: operation.method === 'GET', ...whyOf(input) }
    if (handler.mode === 'context') return handler.run(context, input)
    const key = operation.method === 'POST' ? request.headers['idempotency-key'] : undefined
    let repeated = false
    const traced = (run: (trx: Transaction) => Promise<unknown>) => context.db.asActor(context.actor, act, async (trx) => {
      const done = await run(trx)
      if (operation.method === 'POST' && !repeated) recordUntraced(trx, actOf(operation, input))
      return done
    })
    if (typeof key !== 'string') return traced((trx) => handler.run(trx, input, context))
    if (key.length > 100) throw invalid('Idempotency-Key 太长。')
    const hash = createHash('sha256').update(JSON.stringify(input)).digest('hex')
    return traced(async (trx) => {
      await trx.run(sql`SELECT pg_advisory_xact_lock(hashtextextended(${`${context.actor.personId}|${operation.id}|${key}`}, 0))`)
      const known = await trx.one<{ request_hash: string; response: string }>(sql`
        SELECT request_hash, response FROM app.idempotency WHERE actor_id = ${context.actor.personId} AND operation = ${operation.id} AND key = ${key}`)
      if (known) {
        if (known.request_hash !== hash) throw new Problem('refused', '同一个重复提交标识用在了不同的内容上。')
        repeated = true
        return known.response
      }
      const response = bodyOf(operation, await handler.run(trx, input, context), verify)
      await trx.run(sql`INSERT INTO app.idempotency (actor_id, operation, key, request_hash, status, response)
        VALUES (${context.actor.personId}, ${operation.id}, ${key}, ${hash}, 200, ${response})`)
      return response
    })
  }

  async function requireSession(request: FastifyRequest): Promise<Session> {
    const token = tokenOf(request)
    const session = token ? await readSession(db, token) : null
    if (!session) limits?.count('anonymous', `a${request.ip}`)
    if (!session) throw new Problem('unauthenticated', '登录已过期，请重新登录。您正在填写的内容已保存在本机。')
    return session
  }

  app.setNotFoundHandler(async (request, reply) => {
    if (request.url.startsWith('/api/')) return sendProblem(reply, 404, { code: 'not_found', message: '没有这个接口。' })
    return reply.code(404).type('text/plain; charset=utf-8').send('没有这个页面。')
  })
  if (options.web) await serveWeb(app, options.web)
  return app
}

const sendProblem = (reply: FastifyReply, status: number, body: ProblemBody) => {
  const { retryAfter = status === 503 ? 3 : undefined } = (body.params ?? {}) as { retryAfter?: number }
  if (retryAfter) reply.header('retry-after', String(retryAfter))
  return reply.code(status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(body))
}

/** Whether it answered in time; late is no. */
const answersWithin = (ms: number, asked: Promise<unknown>): Promise<boolean> =>
  new Promise((resolve) => {
    const late = setTimeout(() => resolve(false), ms)
    asked.then(() => resolve(true), () => resolve(false)).finally(() => clearTimeout(late))
  })

/** Another site's page can neither send JSON with our header nor know the token. */
function refuseForeign(request: FastifyRequest, sessionToken: string | null): void {
  const site = request.headers['sec-fetch-site']
  if (site && site !== 'same-origin' && site !== 'none') throw new Problem('forbidden', '这个请求来自别的网站，已拒绝。')
  const origin = request.headers.origin
  if (origin && (!URL.canParse(origin) || new URL(origin).host !== request.host)) throw new Problem('forbidden', '这个请求来自别的网站，已拒绝。')
  if (sessionToken === null) return
  const sent = Buffer.from(String(request.headers['x-gongxie-token'] ?? ''))
  const wanted = Buffer.from(csrfToken(sessionToken))
  if (sent.length !== wanted.length || !timingSafeEqual(sent, wanted)) throw new Problem('stale_page', '页面已过期，请刷新后再试。')
}

/** NUL and lone surrogates cannot be stored; deep nesting is nobody's form. */
function refuseOddText(value: unknown, depth = 0): void {
  if (depth > 20) throw invalid('内容嵌套过深。')
  if (typeof value === 'string') {
    if (value.includes('\u0000') || !value.isWellFormed()) throw invalid('内容中有不能保存的字符，请删除后再试。')
  } else if (value && typeof value === 'object') for (const [k, v] of Object.entries(value)) {
    refuseOddText(k, depth + 1)
    refuseOddText(v, depth + 1)
  }
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(text)
    if (given && typeof given === 'object' && !Array.isArray(given)) return given as Record<string, unknown>
  } catch {
    // said below
  }
  throw invalid('上传的说明不是正确的 JSON。')
}

/** Into a file of our own name, durable when this has answered, or nothing at all. */
async function receive(request: FastifyRequest, dataDir: string, most: number): Promise<{ file?: UploadedFile; input: Record<string, unknown> }> {
  if (!request.isMultipart()) throw new Problem('unsupported_type', '请用表单上传文件。')
  const folder = path.join(dataDir, 'uploads')
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  let input: Record<string, unknown> = {}
  let file: UploadedFile | undefined
  try {
    for await (const part of request.parts({ limits: { fileSize: most } })) {
      if (part.type === 'field') {
        if (part.fieldname === 'input') input = fieldsOf(String(part.value))
        continue
      }
      const hash = createHash('sha256')
      let size = 0
      const count = new Transform({ transform(chunk: Buffer, _e, done) { size += chunk.length; hash.update(chunk); done(null, chunk) } })
      const stored = path.join(folder, randomBytes(12).toString('hex'))
      file = { path: stored, name: (part.filename || '未命名').slice(0, 500), size: 0, hash: '' }
      await pipeline(part.file, count, fs.createWriteStream(stored, { mode: 0o600, flags: 'wx', flush: true }))
      Object.assign(file, { size, hash: hash.digest('hex') })
      if (part.file.truncated) throw new Problem('too_large', `文件超过 ${Math.floor(most / 2 ** 20)} MB，请压缩或拆分后再上传。`)
    }
  } catch (error) {
    if (file) fs.rmSync(file.path, { force: true })
    await readOn(request)
    throw error
  }
  return { file, input }
}

/** A refusal that comes while the browser is still sending would not be read: what still comes is thrown away, for a while. */
const READ_ON_MS = 10_000
async function readOn({ raw }: FastifyRequest): Promise<void> {
  if (raw.complete || raw.destroyed || raw.readableEnded) return
  const over = new Promise<void>((resolve) => void raw.once('end', resolve).once('close', resolve))
  raw.unpipe()
  raw.resume()
  const patience = new Promise<void>((resolve) => void setTimeout(resolve, READ_ON_MS).unref())
  await Promise.race([over, patience])
}

function sendFile(reply: FastifyReply, answer: FileAnswer) {
  const ascii = answer.fileName.replace(/[^\x20-\x7e]/g, '_').replace(/["\\]/g, '_')
  reply
    .header('content-type', answer.contentType)
    // Whatever the file is, it is saved and not opened as a page (RFC 6266).
    .header('content-disposition', `attachment; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(answer.fileName)}`)
  if (answer.size !== undefined) reply.header('content-length', answer.size)
  return reply.send(answer.body instanceof Readable || Buffer.isBuffer(answer.body) ? answer.body : Readable.from(answer.body as never))
}
