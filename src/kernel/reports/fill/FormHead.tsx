/** Under the title of a form: its number, who made it, who approved it, until when. On paper they stand in the print. */
import { useSession } from '../../ui/session.tsx'
import { updateSetting } from '../../settings/settings.contract.ts'
import { formMarks, MARKS } from '../form-marks.rules.ts'
import type { Report } from '../report.rules.ts'

export function FormHead({ report, settings }: { report: Report; settings: Readonly<Record<string, string>> }) {
  const { may } = useSession()
  const marks = formMarks(report, settings)
  if (marks.every((m) => m.value === null))
    return may(updateSetting.access) ? <p className="muted form-head">这张报表的{Object.values(MARKS).join('、')}还没有填写，请按当年正式制度在口径与参数里填写。</p> : null
  return (
    <dl className="form-head">
      {marks.map((m) => <div key={m.label}><dt>{m.label}</dt><dd>{m.value ?? <span className="muted">未填</span>}</dd></div>)}
    </dl>
  )
}
