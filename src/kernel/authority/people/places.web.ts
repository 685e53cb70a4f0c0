/** Organisations by name for placing posts: administrators choose from names alone. */
import { useMemo } from 'react'
import { KINDS } from '../../org/organization/organization.entity.ts'
import { useCall } from '../../ui/queries.web.ts'
import { listColleagues } from '../rights/rights.contract.ts'
import { pickOrganization } from './people.contract.ts'

export function usePlaceOptions(search: string) {
  const { data, isFetching } = useCall(pickOrganization, { q: search.trim() || undefined }, { placeholderData: (before) => before })
  const options = useMemo(() => (data?.organizations ?? []).map((o) => ({ value: o.id, label: o.name, detail: o.kind === 'institution' ? o.region : KINDS[o.kind as keyof typeof KINDS] })), [data])
  return { options, loading: isFetching }
}
export function useColleagueOptions(search: string) {
  const { data, isFetching } = useCall(listColleagues, { q: search.trim() || undefined }, { placeholderData: (before) => before })
  const options = useMemo(() => (data?.colleagues ?? []).map((c) => ({ value: c.id, label: c.name, detail: c.post })), [data])
  return { options, loading: isFetching }
}
export const places = { useOptions: usePlaceOptions, remote: true }
export const colleagues = { useOptions: useColleagueOptions, remote: true }
