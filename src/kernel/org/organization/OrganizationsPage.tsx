import { Link } from '@tanstack/react-router'
import { ExportWhole } from '../../authority/personal/ExportWhole.tsx'
import { useAsked } from '../../ui/address.web.ts'
import { useSession } from '../../ui/session.tsx'
import { RegisterPage } from '../../registers/RegisterPage.tsx'
import { organizationRegister } from './organization.register.web.ts'

export default function OrganizationsPage() {
  const [{ q, filter = organizationRegister.presets[0]!.query.filter }] = useAsked()
  const { may } = useSession()
  return <RegisterPage register={organizationRegister} actions={<>{may('import.run') && may('organization.update') && <Link to="/imports/new" search={{ target: 'institutions' } as never}>从文件导入</Link>}<ExportWhole input={() => ({ q, filter, columns: 'name,uscc,category,regionId,superiorId,address,contactPerson,contactPhone' })} /></>} note="公共机构名录库：全部或部分使用财政性资金的国家机关、事业单位和团体组织。" />
}
