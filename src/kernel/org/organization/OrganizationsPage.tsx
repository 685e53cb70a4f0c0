import { RegisterPage } from '../../registers/RegisterPage.tsx'
import { organizationRegister } from './organization.register.web.ts'

export default function OrganizationsPage() {
  return <RegisterPage register={organizationRegister} note="公共机构名录库：全部或部分使用财政性资金的国家机关、事业单位和团体组织。" />
}
