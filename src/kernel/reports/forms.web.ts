/** Report definitions in the browser. Domains say how theirs are loaded; the first page that needs one loads them. */
import { use } from 'react'
import { lastEnded, parsePeriod, shift, type Period } from './period.rules.ts'
import { versionFor, type Report } from './report.rules.ts'

export interface FormKind {
  /** `energy.annual`, as the contracts name it. */
  name: string
  label: string
  months: 1 | 3 | 12
}
export interface Forms {
  kinds: readonly FormKind[]
  /** The version on which a period is reported. */
  at: (form: string, period: Period) => Report | undefined
  version: (form: string, version: string) => Report | undefined
  label: (form: string) => string
}

const sources: (() => Promise<readonly Report[]>)[] = []
let loaded: Promise<Forms> | undefined

export function registerForms(load: () => Promise<readonly Report[]>): void {
  sources.push(load)
}

async function load(): Promise<Forms> {
  const reports = (await Promise.all(sources.map((s) => s()))).flat()
  const kinds = [...new Set(reports.map((r) => r.formName))].map((name) => {
    const last = reports.findLast((r) => r.formName === name)!
    return { name, label: last.label.replace(/（\d{4}\s*版）$/, ''), months: last.months }
  })
  return {
    kinds,
    at: (form, period) => versionFor(reports, form, period.start),
    version: (form, version) => reports.find((r) => r.formName === form && r.version === version),
    label: (form) => kinds.find((k) => k.name === form)?.label ?? '报表',
  }
}

/** Suspends until the definitions are there. */
export const useForms = (): Forms => use((loaded ??= load()))

/** A form's name in an address: a dot there would look like a file. */
export const inAddress = (form: string): string => form.replaceAll('.', '-')
export const fromAddress = (text: string): string => text.replaceAll('-', '.')

/** The last ended one first, then back; the running one is offered too. */
export function periodsToChoose(months: 1 | 3 | 12): Period[] {
  const last = lastEnded(months)
  const back = { 1: 36, 3: 16, 12: 8 }[months]
  return [shift(last, 1), ...Array.from({ length: back }, (_, i) => shift(last, -i))]
}

/** What the address asks for, or else the period that is worked on. */
export function periodAsked(text: string | undefined, months: 1 | 3 | 12, otherwise: Period): Period {
  const asked = text ? parsePeriod(text) : null
  return asked?.months === months ? asked : otherwise
}
