/** What a workload gets, and how it says what it found. */
import type { Data, Site } from './data.ts'
import type { Row } from './report.ts'
import type { Running } from './servers.ts'

export interface Bench {
  data: Data
  quick: boolean
  scale: 'city' | 'small'
  rounds: number
  /** Of one half of a round. */
  seconds: number
  /** Our server on that database, started when first asked for; the other one is stopped. */
  ours(site: Site): Promise<Running>
  bound(): Promise<Running>
  /** Stops both servers of ours and the bare one. */
  quiet(): Promise<void>
  say(line: string): void
}
export interface Workload {
  name: string
  run(bench: Bench): Promise<Row[]>
}
