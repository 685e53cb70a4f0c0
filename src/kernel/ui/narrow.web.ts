/** Is this a phone? The same line as in frame.css. */
import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 900px)')
const subscribe = (change: () => void) => {
  query.addEventListener('change', change)
  return () => query.removeEventListener('change', change)
}
export const useNarrow = (): boolean => useSyncExternalStore(subscribe, () => query.matches)
