/** 机构指标: one institution, with the way back to the list that it was found in. */
import { Link } from '@tanstack/react-router'
import { getOrganization } from '../../../../kernel/org/organization/organization.contract.ts'
import { useAddress, useAsked } from '../../../../kernel/ui/address.web.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { Loaded } from '../../../../kernel/ui/states.tsx'
import { categoryLabel } from '../slice.web.ts'
import InstitutionFigures from './InstitutionFigures.tsx'

export default function InstitutionPage() {
  const id = Number(useAddress().id)
  const [asked] = useAsked()
  const { may } = useSession()
  const organization = useCall(getOrganization, { id })
  const [to = '/energy', query] = asked.back?.startsWith('/energy') ? asked.back.split('?') : []
  return (
    <Loaded of={organization}>
      {(o) => (
        <>
          <PageHeader title={`${String(o.name)}：能耗指标`} back={{ to, label: to === '/energy/behind' ? '背后的机构' : '指标总览', search: Object.fromEntries(new URLSearchParams(query)) }}
            note={<>{o.category ? `${categoryLabel(String(o.category))}，` : ''}{String(o.regionName)}。{may(getOrganization.access) && <Link to={`/organizations/${id}`} className="behind-link">机构登记信息</Link>}</>} />
          <InstitutionFigures id={id} />
        </>
      )}
    </Loaded>
  )
}
