/** Loads one server for some seconds and prints what it saw. A process of its own: it must not share a thread with what it measures. */
import autocannon from 'autocannon'
import type { LoadJob, LoadResult } from './load.ts'

const job = JSON.parse(process.argv[2]!) as LoadJob
let n = 0
/** Every repetition of a POST is another record: `__N__` becomes a number that nobody had before. */
const numbered = (text: string) => text.replaceAll('__N__', `${job.run}${String(++n).padStart(6, '0')}`)

const result = await autocannon({
  url: job.url, connections: job.connections, duration: job.seconds, headers: job.headers,
  requests: job.requests.map((r) => (r.body ? { ...r, setupRequest: (request) => ({ ...request, body: numbered(r.body!) }) } : r)),
})
const seen: LoadResult = {
  perSecond: result['2xx'] / result.duration, p50: result.latency.p50, p99: result.latency.p99,
  answered: result['2xx'], failed: result.non2xx + result.errors + result.timeouts,
}
process.stdout.write(JSON.stringify(seen))
