/** Settings by subject; those who may, change one with a reason. */
import { Button } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { ALWAYS, listSettings, type SettingRow } from '../../../../kernel/settings/settings.contract.ts'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { useSession } from '../../../../kernel/ui/session.tsx'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { JobProgress, useJobs } from '../../../../kernel/jobs/JobProgress.tsx'
import { RECOMPUTE } from '../../consumption/recompute.rules.ts'
import { SETTING_GROUPS } from './factor.words.rules.ts'

const SettingDialog = lazy(() => import('./SettingDialog.tsx'))
/** What a recomputation makes old, also when it was cancelled. */
const FIGURES = ['setting.list', 'setting.history', 'indicator.read', 'indicator.series', 'indicator.distribution', 'indicator.behind', 'target.progress', 'target.below']
const valueText = (s: SettingRow): string => (s.value === '' ? '未填' : `${s.choices?.[s.value] ?? s.value}${s.unit ? ` ${s.unit}` : ''}`)
const validText = (s: SettingRow): string => (s.validFrom === ALWAYS && !s.validTo ? '一直' : `${s.validFrom === ALWAYS ? '' : `${s.validFrom} `}至${s.validTo ? ` ${s.validTo}` : '今'}`)

export function SettingsTable() {
  const settings = useCall(listSettings, {})
  const { may } = useSession()
  const [open, setOpen] = useState<SettingRow>()
  const jobs = useJobs(RECOMPUTE, FIGURES)
  return (
    <Loaded of={settings}>
      {({ settings: all }) => {
        const groupOf = (s: SettingRow) => SETTING_GROUPS.find((g) => s.key.startsWith(g.prefix))
        if (!all.length) return <EmptyState title="没有参数" />
        return (
          <>
            {jobs.slice(0, 3).map((j) => <JobProgress key={j.id} job={j} cancelText="取消后，参数恢复为原来的数值，已经算过的年份也按原来的数值再算回去。" />)}
            {SETTING_GROUPS.map((g) => ({ ...g, rows: all.filter((s) => groupOf(s) === g) })).filter((g) => g.rows.length).map((g) => (
              <section key={g.prefix} className="panel settings-group" aria-label={g.label}>
                <h2 className="panel-title">{g.label}</h2>
                <div className="figures-scroll">
                  <table className="figures">
                    <thead><tr><th scope="col">参数</th><th scope="col">数值</th><th scope="col" className="only-wide">有效期</th><th scope="col" className="only-wide">来源</th><th scope="col"><span className="visually-hidden">操作</span></th></tr></thead>
                    <tbody>
                      {g.rows.map((s) => (
                        <tr key={s.id}>
                          <th scope="row">{s.label}</th>
                          <td>{valueText(s)}{s.unsure && <> <span className="unsure">待核</span></>}</td>
                          <td className="nowrap only-wide">{validText(s)}</td>
                          <td className="only-wide">{s.source}</td>
                          <td className="number">{may('setting.update') && <Button size="small" aria-label={`修改${s.label}`} onClick={() => setOpen(s)}>修改</Button>}</td>
                        </tr>
                      ))}
                    </tbody>
                  </table>
                </div>
              </section>
            ))}
            {open && <Suspense><SettingDialog setting={open} onClose={() => setOpen(undefined)} /></Suspense>}
          </>
        )
      }}
    </Loaded>
  )
}
