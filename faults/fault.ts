import type { Held } from './site.ts'

export interface Result extends Partial<Held> {
  /** Seconds until the platform said again that it is ready. */
  recovery?: number
  /** What the fault's own oracle found against it. */
  against?: string[]
  notes?: string[]
  /** Why it could not be done here. */
  skipped?: string
  /** What it stands on is not built. */
  absent?: string
}
export interface Fault {
  id: string
  what: string
  /** Seconds within which the platform is ready again. */
  rto?: number
  run(seed: number): Promise<Result>
}
