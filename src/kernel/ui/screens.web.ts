/**
 * What a domain brings to the browser. The frame, the menu, the search and the desk iterate over these lists:
 * adding a page is one line in the domain's `web.tsx`, adding a domain one line in `src/apps/web/screens.ts`.
 */
import type { ComponentType } from 'react'
import type { AreaId } from './areas.rules.ts'

type Load = () => Promise<{ default: ComponentType }>

export interface Screen {
  /** Address, with `$name` for parameters: `/organizations/$id`. */
  path: string
  label: string
  load: Load
  /** Without it, every signed-in person. */
  permission?: string
  area: AreaId
  /** In the left menu; parts with parameters never are. */
  menu?: boolean
  /** Other words under which the search finds the page. */
  words?: string
  /** Fills the whole width without the page's padding (wall screens, maps). */
  bare?: boolean
}

export interface DeskCard {
  id: string
  permission?: string
  /** `wide` takes the row; two `half` share it. */
  span: 'wide' | 'half'
  /** Smaller stands higher. */
  order: number
  load: Load
}

/** A number of things that wait for the person; the sum stands in the top bar. */
export interface Counter {
  id: string
  label: string
  permission?: string
  to: string
  count: () => Promise<number>
}

export interface Found {
  key: string
  label: string
  detail?: string
  to: string
}

/** What the search over everything asks beside the pages' names. */
export interface Finder {
  id: string
  label: string
  permission?: string
  find: (text: string, signal: AbortSignal) => Promise<Found[]>
}

/** A tab on the page of a record that another domain keeps: the page asks for it here, and needs to know nobody. */
export interface RecordTab {
  /** Whose records: `org.organization`. */
  entity: string
  /** In the address, behind `?tab=`. */
  key: string
  label: string
  permission?: string
  /** Not every record has it. */
  only?: (row: Record<string, unknown>) => boolean
  load: () => Promise<{ default: ComponentType<{ id: number }> }>
}

export interface Screens {
  screens: readonly Screen[]
  desk?: readonly DeskCard[]
  counters?: readonly Counter[]
  finders?: readonly Finder[]
  recordTabs?: readonly RecordTab[]
}

export const defineScreens = (screens: Screens): Screens => screens
