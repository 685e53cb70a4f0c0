/** What somebody is filling in, kept in this browser until it is saved: survives a crash, a closed tab, a lost session. */
import { useCallback, useEffect, useRef, useState } from 'react'
import { useSession } from './session.tsx'

const PREFIX = 'gongxie.draft.'
const KEPT_DAYS = 30

interface Kept<T> {
  at: number
  /** Version of the record that the draft was begun on. */
  version: number | null
  values: T
}

function read<T>(key: string): Kept<T> | null {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Kept<T> | null
    return kept && Date.now() - kept.at < KEPT_DAYS * 86_400_000 ? kept : null
  } catch {
    return null
  }
}

export interface Draft<T> {
  /** Found when the form was opened. */
  restored: Kept<T> | null
  /** Call on every change; written shortly after. */
  keep: (values: T) => void
  /** After saving, or when the person gives the draft up. */
  drop: () => void
}

/** One draft per person, form and record, e.g. `useDraft('org.organization:12', version)`. */
export function useDraft<T>(form: string, version: number | null = null): Draft<T> {
  const { user } = useSession()
  const key = `${PREFIX}${user.personId}.${form}`
  const [restored, setRestored] = useState(() => read<T>(key))
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const pending = useRef<T>(undefined)

  const write = useCallback(() => {
    clearTimeout(timer.current)
    if (pending.current === undefined) return
    try {
      localStorage.setItem(key, JSON.stringify({ at: Date.now(), version, values: pending.current } satisfies Kept<T>))
    } catch {
      // A full or forbidden store must not disturb the form; the guard against leaving still stands.
    }
    pending.current = undefined
  }, [key, version])

  const keep = useCallback((values: T) => {
    pending.current = values
    clearTimeout(timer.current)
    timer.current = setTimeout(write, 400)
  }, [write])
  const drop = useCallback(() => {
    clearTimeout(timer.current)
    pending.current = undefined
    localStorage.removeItem(key)
    setRestored(null)
  }, [key])

  useEffect(() => {
    addEventListener('pagehide', write)
    return () => {
      removeEventListener('pagehide', write)
      write()
    }
  }, [write])
  return { restored, keep, drop }
}
