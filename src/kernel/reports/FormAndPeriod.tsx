/** Which form, which period: the first question of every page about reports. Both stand in the address. */
import { Select } from 'antd'
import { useAsked } from '../ui/address.web.ts'
import { periodAsked, periodsToChoose, useForms, type FormKind } from './forms.web.ts'
import { periodLabel, type Period } from './period.rules.ts'
import type { Report } from './report.rules.ts'
import { useWorkingPeriod } from './working-period.web.ts'

export interface Asked {
  kind: FormKind
  period: Period
  report: Report | undefined
}

/** What the address asks for; without words, the working period on the form of its length. */
export function useFormAndPeriod(): Asked | null {
  const forms = useForms()
  const [asked] = useAsked()
  const working = useWorkingPeriod()
  const kind = forms.kinds.find((k) => k.name === asked.form) ?? forms.kinds.find((k) => k.months === working.months) ?? forms.kinds[0]
  if (!kind) return null
  const period = periodAsked(asked.period, kind.months, working.of(kind.months))
  return { kind, period, report: forms.at(kind.name, period) }
}

export function FormAndPeriod({ kind, period }: Asked) {
  const forms = useForms()
  const [, ask] = useAsked()
  const periods = periodsToChoose(kind.months)
  if (!periods.some((p) => p.key === period.key)) periods.push(period)
  return (
    <>
      <Select aria-label="报表" value={kind.name} popupMatchSelectWidth={false} style={{ minWidth: 200, maxWidth: '100%' }} options={forms.kinds.map((k) => ({ value: k.name, label: k.label }))}
        onChange={(form) => ask({ form, period: undefined, offset: undefined })} />
      <Select aria-label="报告期" value={period.key} style={{ width: 148 }} showSearch options={periods.map((p) => ({ value: p.key, label: periodLabel(p) }))}
        onChange={(key) => ask({ period: key, offset: undefined })} />
    </>
  )
}
