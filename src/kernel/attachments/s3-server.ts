/**
 * For tests: enough of S3 on loopback to be written to, read, listed and emptied. Signatures are reckoned here anew, by
 * the description of AWS Signature Version 4, and a body whose SHA-256 is not the signed one is refused, as S3 does.
 */
import { createHash, createHmac } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

export interface S3Server {
  endpoint: string
  objects: Map<string, Buffer>
  /** Answers to come instead of the real ones. */
  failing: number[]
  close(): Promise<void>
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest()

function signatureHolds(request: http.IncomingMessage, key: { id: string; secret: string }): boolean {
  const told = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')
  if (!told || told[1] !== key.id) return false
  const [, , day, region, signed, signature] = told
  const url = new URL(request.url!, 'http://s3')
  const encode = (t: string) => encodeURIComponent(t).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
  const query = [...url.searchParams].map(([k, v]) => `${encode(k)}=${encode(v)}`).sort().join('&')
  const headers = signed!.split(';').map((h) => `${h}:${String(request.headers[h] ?? '').trim()}\n`).join('')
  const canonical = [request.method, url.pathname, query, headers, signed, request.headers['x-amz-content-sha256']].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, sha256(canonical)].join('\n')
  const signing = hmac(hmac(hmac(hmac(`AWS4${key.secret}`, day!), region!), 's3'), 'aws4_request')
  return hmac(signing, text).toString('hex') === signature
}

export async function s3Server(key: { id: string; secret: string }, pageSize = 2): Promise<S3Server> {
  const objects = new Map<string, Buffer>()
  const times = new Map<string, string>()
  const failing: number[] = []
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const say = (status: number, text: string | Buffer = '') => response.writeHead(status).end(text)
    const bad = failing.shift()
    if (bad) return say(bad, '<Error><Code>InternalError</Code></Error>')
    if (!signatureHolds(request, key)) return say(403, '<Error><Code>SignatureDoesNotMatch</Code></Error>')
    const url = new URL(request.url!, 'http://s3')
    const name = url.pathname.slice(1)
    if (request.method === 'PUT') {
      if (request.headers['content-length'] === undefined) return say(411, '<Error><Code>MissingContentLength</Code></Error>')
      if (request.headers['x-amz-content-sha256'] !== sha256(body)) return say(400, '<Error><Code>XAmzContentSHA256Mismatch</Code></Error>')
      objects.set(name, body)
      times.set(name, new Date().toISOString())
      return say(200)
    }
    if (request.method === 'DELETE') return say(objects.delete(name) ? 204 : 204)
    if (url.searchParams.get('list-type') === '2') {
      const start = url.searchParams.get('continuation-token') ?? ''
      const prefix = url.searchParams.get('prefix') ?? ''
      const bucket = `${name}/`
      const all = [...objects.keys()].filter((k) => k.startsWith(bucket + prefix)).map((k) => k.slice(bucket.length)).filter((k) => k > start).sort()
      const page = all.slice(0, pageSize)
      const more = all.length > pageSize
      return say(200, `<?xml version="1.0"?><ListBucketResult><IsTruncated>${more}</IsTruncated>${page.map((k) => `<Contents><Key>${k}</Key><LastModified>${times.get(bucket + k) ?? new Date().toISOString()}</LastModified><Size>${objects.get(bucket + k)!.length}</Size></Contents>`).join('')}${more ? `<NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : ''}</ListBucketResult>`)
    }
    const found = objects.get(name)
    return found ? say(200, found) : say(404, '<Error><Code>NoSuchKey</Code></Error>')
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, objects, failing,
    close: () => new Promise((done) => {
      server.closeAllConnections()
      server.close(() => done())
    }),
  }
}
