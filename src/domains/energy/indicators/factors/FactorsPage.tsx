/** 系数与口径: every factor with year, place, source and doubt; every setting that a law leaves open. */
import { Segmented } from 'antd'
import { useAsked } from '../../../../kernel/ui/address.web.ts'
import { PageHeader } from '../../../../kernel/ui/PageHeader.tsx'
import { SettingsTable } from './SettingsTable.tsx'
import { FactorsTable } from './FactorsTable.tsx'
import '../indicators.css'

export default function FactorsPage() {
  const [{ view = 'factors' }, ask] = useAsked()
  return (
    <>
      <PageHeader title="系数与口径" note={<>折标系数、排放因子和各项口径，注明来源和有效期；<span className="unsure">待核</span>的还没有核到正式出处。每个结果都记着当时用的因子版本。</>} />
      <div className="slice-bar"><Segmented aria-label="查看" value={view} onChange={(v) => ask({ view: v === 'factors' ? undefined : String(v) }, { replace: true })} options={[{ value: 'factors', label: '折标系数与排放因子' }, { value: 'settings', label: '口径与参数' }]} /></div>
      {view === 'settings' ? <SettingsTable /> : <FactorsTable />}
    </>
  )
}
