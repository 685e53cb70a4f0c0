/** How far a person's figures reach: the whole city, one district, or one unit. */
import { isRoot } from '../../../kernel/authority/root.rules.ts'
import { getOrganization } from '../../../kernel/org/organization/organization.contract.ts'
import { useCall } from '../../../kernel/ui/queries.web.ts'
import { useSession } from '../../../kernel/ui/session.tsx'

export interface Home {
  reach: 'city' | 'district' | 'unit'
  /** What a scope without narrowing is called. */
  label: string
  organizationId: number
  regionId: number | null
  ready: boolean
  /** An institution, which has figures of its own; a department has those of others. */
  own: boolean
}
export function useHome(): Home {
  const hat = useSession().user.hat
  const city = !hat || isRoot(hat.orgPath)
  const organization = useCall(getOrganization, { id: hat?.organizationId ?? 0 }, { enabled: !city, staleTime: 3_600_000 })
  const reach = city ? 'city' : hat.kind === 'district' ? 'district' : 'unit'
  return {
    reach, label: city ? '全市' : (hat.organizationName ?? '本辖区'), organizationId: hat?.organizationId ?? 0,
    regionId: (organization.data?.regionId as number | undefined) ?? null, ready: city || !organization.isPending, own: hat?.kind === 'institution',
  }
}
