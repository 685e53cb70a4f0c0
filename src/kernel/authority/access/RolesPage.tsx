/** What each role may do, in words. Roles are part of the program: they are reviewed like it, and changed with it. */
import { Tag } from 'antd'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { ScrollBox } from '../../ui/ScrollBox.tsx'
import { isAdministrator, PERMISSIONS, permissionsOf, permissionWords, ROLES, roleLabel, type Role } from '../roles.rules.ts'
import '../../registers/registers.css'
import '../authority.css'

const roles = Object.keys(ROLES) as Role[]

export default function RolesPage() {
  return (
    <>
      <PageHeader title="角色与权限" note="一个岗位授予一个角色，管理范围是任职单位及其下属单位。系统、安全、审计三类管理员互不兼任，都看不到业务数据（GB/T 22239-2019 8.1.5）。" />
      <div className="panel">
        <ScrollBox label="角色与权限">
          <table className="change-table role-matrix">
            <thead><tr><th scope="col">权限</th>{roles.map((r) => <th key={r} scope="col">{roleLabel(r)}{isAdministrator(r) && <div><Tag variant="filled">管理员</Tag></div>}</th>)}</tr></thead>
            <tbody>
              {[...PERMISSIONS].map((p) => (
                <tr key={p}><th scope="row">{permissionWords(p)}</th>{roles.map((r) => permissionsOf(r).includes(p) ? <td key={r} className="is-given">有</td> : <td key={r}><span className="visually-hidden">没有</span></td>)}</tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      </div>
    </>
  )
}
