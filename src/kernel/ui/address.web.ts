/** The page's address as plain text: parameters of its path, and what stands behind `?`. */
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useCallback } from 'react'

/** Parameters of the address, as text: `const { id } = useAddress()` on `/organizations/$id`. */
export const useAddress = (): Record<string, string> => useParams({ strict: false }) as Record<string, string>

/** What stands behind `?`, and how to change it; undefined or '' removes a name. */
export function useAsked(): [Record<string, string>, (change: Record<string, string | undefined>, options?: { replace?: boolean }) => void] {
  const search = useSearch({ strict: false }) as Record<string, string>
  const navigate = useNavigate()
  const set = useCallback((change: Record<string, string | undefined>, options?: { replace?: boolean }) => {
    void navigate({
      to: '.', replace: options?.replace ?? false, resetScroll: false,
      search: ((before: Record<string, string>) => Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, v]) => v))) as never,
    })
  }, [navigate])
  return [search, set]
}
