/** In the top bar: the period that pages open with, and the way to another. */
import { CalendarOutlined } from '@ant-design/icons'
import { Button, Popover } from 'antd'
import { lazy, Suspense, useState } from 'react'
import { useNarrow } from '../ui/narrow.web.ts'
import { useSession } from '../ui/session.tsx'
import { periodLabel } from './period.rules.ts'
import { useWorkingPeriod } from './working-period.web.ts'

const WorkingPeriodChoice = lazy(() => import('./WorkingPeriodChoice.tsx'))

export function WorkingPeriodButton() {
  const { may } = useSession()
  const narrow = useNarrow()
  const [open, setOpen] = useState(false)
  const { period } = useWorkingPeriod()
  // Whoever sees neither forms nor figures has no period to work on.
  if (!may('report.read') && !may('indicator.read')) return null
  const label = periodLabel(period)
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement={narrow ? 'bottom' : 'bottomRight'} align={narrow ? { overflow: { shiftX: true } } : undefined} title="工作期" content={<div className="working-period">{open && <Suspense><WorkingPeriodChoice onDone={() => setOpen(false)} /></Suspense>}</div>}>
      <Button type="text" className="frame-period" icon={narrow ? undefined : <CalendarOutlined aria-hidden />} aria-label={`工作期 ${label}，点击更换`} aria-haspopup="dialog" aria-expanded={open}>
        {!narrow && <span className="muted">工作期</span>}{narrow ? label.replace('年第', '·').replace('季度', '季') : label}
      </Button>
    </Popover>
  )
}
