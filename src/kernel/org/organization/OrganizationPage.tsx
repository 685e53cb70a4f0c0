import { DownOutlined } from '@ant-design/icons'
import { Alert, Button, Dropdown } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { Attachments } from '../../attachments/Attachments.tsx'
import { RecordPage } from '../../registers/RecordPage.tsx'
import type { RecordRow } from '../../registers/register.web.ts'
import { listAttachments } from '../../attachments/attachment.contract.ts'
import { useCall } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { listRestructurings, restructure, type Restructuring } from '../change/change.contract.ts'
import { ACTS } from '../change/change.words.rules.ts'
import { ChangeList } from '../change/ChangeList.tsx'
import { CATEGORIES } from './organization.entity.ts'
import { organizationRegister } from './organization.register.web.ts'

const RestructureDrawer = lazy(() => import('../change/RestructureDrawer.tsx'))

function Descent({ row }: { row: RecordRow }) {
  const changes = useCall(listRestructurings, { organizationId: row.id })
  return (
    <Loaded of={changes}>
      {(data) => data.changes.length ? <ChangeList changes={data.changes} here={row.id} /> : <EmptyState title="没有沿革" hint="这个机构登记以来没有合并、拆分或被撤销。" />}
    </Loaded>
  )
}

export default function OrganizationPage() {
  const { may } = useSession()
  const [act, setAct] = useState<{ kind: Restructuring['kind']; row: RecordRow }>()
  const kinds = (row: RecordRow) => (Object.keys(ACTS) as Restructuring['kind'][]).map((kind) => ({ key: kind, label: kind === 'merge' ? '并入其他机构' : ACTS[kind], onClick: () => setAct({ kind, row }) }))
  return (
    <>
      <RecordPage register={organizationRegister}
        note={(row) => `${CATEGORIES[row.category as keyof typeof CATEGORIES] ?? ''} · ${String(row.regionName)}${row.superiorName ? ` · 主管单位：${String(row.superiorName)}` : ''}`}
        above={(row) => row.validTo ? <Alert type="warning" showIcon style={{ marginBlockEnd: 16 }} title={`这个机构已于 ${String(row.validTo)} 终止${row.endReason ? `：${String(row.endReason)}` : ''}`} description="此前的报表和历史仍可查阅，去向见“沿革”。" /> : null}
        actions={(row) => may(restructure.access) && row.kind === 'institution' && !row.validTo ? (
          <Dropdown trigger={['click']} menu={{ items: kinds(row) }}><Button>机构变更 <DownOutlined aria-hidden /></Button></Dropdown>
        ) : null}
        tabs={[...(may(listAttachments.access) ? [{ key: 'attachments', label: '附件', render: (row: RecordRow) => <Attachments entity="org.organization" recordId={row.id} hint="还没有附件。机构设立批文、法人证书、房产证明等可以存在这里。" /> }] : []), { key: 'descent', label: '沿革', render: (row) => <Descent row={row} /> }]} />
      {act && (
        <Suspense>
          <RestructureDrawer kind={act.kind} row={act.row} onClose={() => setAct(undefined)} />
        </Suspense>
      )}
    </>
  )
}
