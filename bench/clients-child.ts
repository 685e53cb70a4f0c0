/** Five hundred clients in one process: keep-alive, one request at a time each, every tenth sent twice with the same key. */
import fs from 'node:fs'
import http from 'node:http'

export interface Submission {
  organizationId: number
  values: Record<string, string | null>
}
export interface ClientsJob {
  url: string
  form: string
  period: string
  clients: { headers: Record<string, string>; submissions: Submission[] }[]
}
export interface ClientsResult {
  seconds: number
  requests: number
  saved: number
  submitted: number
  /** Answered with a Problem of ours: a finding that a person would have to correct. */
  refused: number
  failed: number
  repeated: number
  /** Refused as too busy, and asked again with the same key. */
  busy: number
  acknowledgedKeys: number
  save: { p50: number; p99: number }
  submit: { p50: number; p99: number }
}

const job = JSON.parse(fs.readFileSync(JSON.parse(process.argv[2]!) as string, 'utf8')) as ClientsJob
const target = new URL(job.url)
const times = { save: [] as number[], submit: [] as number[], explain: [] as number[] }
const count = { requests: 0, saved: 0, submitted: 0, refused: 0, failed: 0, repeated: 0, busy: 0, acknowledgedKeys: 0 }

function post(agent: http.Agent, headers: Record<string, string>, path: string, body: object, key: string): Promise<{ status: number; body: any }> {
  const text = JSON.stringify(body)
  return new Promise((resolve) => {
    const request = http.request({
      agent, host: target.hostname, port: target.port, method: 'POST', path: `/api${path}`,
      headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), 'idempotency-key': key },
    }, (answer) => {
      let got = ''
      answer.setEncoding('utf8').on('data', (chunk) => (got += chunk)).on('end', () => resolve({ status: answer.statusCode!, body: JSON.parse(got) }))
    })
    request.on('error', (error) => resolve({ status: 0, body: { message: String(error) } }))
    request.end(text)
  })
}

let serial = 0
async function act(agent: http.Agent, headers: Record<string, string>, kind: keyof typeof times, path: string, body: object, key: string) {
  const since = performance.now()
  const twice = serial++ % 10 === 0
  const [sent, second] = await Promise.all([post(agent, headers, path, body, key), twice ? post(agent, headers, path, body, key) : null])
  let first = sent
  times[kind].push(performance.now() - since)
  count.requests += twice ? 2 : 1
  // "Busy, nothing was saved": asked again a little later with the same key, as the page does.
  for (let attempt = 1; first.status === 503 && attempt <= 10; attempt++) {
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 2000 * attempt))
    const again = performance.now()
    first = await post(agent, headers, path, body, key)
    times[kind].push(performance.now() - again)
    count.requests++
    count.busy++
  }
  if (second) {
    count.repeated++
    if (first.status === 200 && second.status === 200 && JSON.stringify(first) !== JSON.stringify(second)) {
      count.failed++
      process.stderr.write(`a repetition was answered differently: ${JSON.stringify(first).slice(0, 300)} / ${JSON.stringify(second).slice(0, 300)}\n`)
    }
  }
  if (first.status === 200) count.acknowledgedKeys++
  else if (first.status === 422) count.refused++
  else {
    if (count.failed++ < 5) process.stderr.write(`${path} ${first.status} ${JSON.stringify(first.body).slice(0, 300)}\n`)
  }
  return first
}

async function client({ headers, submissions }: ClientsJob['clients'][number]): Promise<void> {
  const agent = new http.Agent({ keepAlive: true })
  for (const { organizationId, values } of submissions) {
    const key = `bench-${organizationId}`
    let saved = await act(agent, headers, 'save', '/filings/save', { form: job.form, period: job.period, organizationId, version: null, values }, `${key}-save`)
    if (saved.status !== 200) continue
    count.saved++
    for (const f of saved.body.findings as { severity: string; checkCode: string; item: string; reason: string | null }[]) {
      if (f.severity !== 'soft' || f.reason) continue
      const explained = await act(agent, headers, 'explain', `/filings/${saved.body.facts.id}/explain`, { checkCode: f.checkCode, item: f.item, reason: '已与账单核对，情况属实。' }, `${key}-${f.checkCode}-${f.item}`)
      if (explained.status === 200) saved = explained
    }
    const done = await act(agent, headers, 'submit', `/filings/${saved.body.facts.id}/submit`, { version: saved.body.facts.version }, `${key}-submit`)
    if (done.status === 200) count.submitted++
  }
  agent.destroy()
}

const at = (sorted: number[], share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
const spread = (list: number[]) => {
  const sorted = [...list].sort((a, b) => a - b)
  return { p50: at(sorted, 0.5), p99: at(sorted, 0.99) }
}
const since = performance.now()
await Promise.all(job.clients.map(client))
const result: ClientsResult = { seconds: (performance.now() - since) / 1000, ...count, save: spread(times.save), submit: spread(times.submit) }
process.stdout.write(JSON.stringify(result))
