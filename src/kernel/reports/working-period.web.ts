/** The working period in the browser: kept on the server, with a copy here so that the first page need not wait for it. */
import { useCallback, useMemo } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { call } from '../ui/client.web.ts'
import { useCall } from '../ui/queries.web.ts'
import { useSession } from '../ui/session.tsx'
import { readPreferences, savePreferences } from '../settings/preferences.contract.ts'
import type { Period } from './period.rules.ts'
import { monthsOfWorking, readWorking, UNCHOSEN, workingPeriod, workingText, type Months, type Working } from './working-period.rules.ts'

export interface WorkingPeriod {
  chosen: Working
  /** Length of the chosen one. */
  months: Months
  period: Period
  /** The one of another length that belongs to it. */
  of: (months: Months) => Period
  choose: (next: Working) => Promise<void>
}

export function useWorkingPeriod(): WorkingPeriod {
  const { user } = useSession()
  const client = useQueryClient()
  const here = `gongxie.working-period.${user.personId}`
  const kept = useCall(readPreferences, {}, { staleTime: Infinity, placeholderData: () => ({ workingPeriod: localStorage.getItem(here) }) })
  const text = kept.data?.workingPeriod ?? null
  const choose = useCallback(async (next: Working) => {
    const saved = await call(savePreferences, { workingPeriod: workingText(next) })
    localStorage.setItem(here, workingText(next))
    client.setQueryData([readPreferences.id, {}], saved)
  }, [client, here])
  return useMemo(() => {
    const chosen = readWorking(text) ?? UNCHOSEN
    const months = monthsOfWorking(chosen)
    return { chosen, months, period: workingPeriod(chosen, months), of: (m: Months) => workingPeriod(chosen, m), choose }
  }, [text, choose])
}
