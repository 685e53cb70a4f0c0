/** The lists of all domains, given once at the root. */
import { createContext, use } from 'react'
import type { Counter, DeskCard, Finder, RecordTab, Screen, Screens } from './screens.web.ts'

export interface Mounted {
  screens: readonly Screen[]
  desk: readonly DeskCard[]
  counters: readonly Counter[]
  finders: readonly Finder[]
  recordTabs: readonly RecordTab[]
}

export const mount = (all: readonly Screens[]): Mounted => ({
  screens: all.flatMap((s) => s.screens),
  desk: all.flatMap((s) => s.desk ?? []).toSorted((a, b) => a.order - b.order),
  counters: all.flatMap((s) => s.counters ?? []),
  finders: all.flatMap((s) => s.finders ?? []),
  recordTabs: all.flatMap((s) => s.recordTabs ?? []),
})

export const MountedContext = createContext<Mounted>({ screens: [], desk: [], counters: [], finders: [], recordTabs: [] })
export const useMounted = (): Mounted => use(MountedContext)
