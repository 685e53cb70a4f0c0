/** Reminding those who have not submitted: the text is there, and can be changed. */
import { App, Input, Modal } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { daysUntil } from '../../ui/text.web.ts'
import { periodLabel, type Period } from '../period.rules.ts'
import { deadlineOf, type Report } from '../report.rules.ts'
import { remind } from '../review.contract.ts'
import type { Filed } from './FilingsTable.tsx'
import { REVIEW_READS } from './reads.web.ts'

export default function RemindDialog({ report, period, rows, onClose }: { report: Report; period: Period; rows: Filed[]; onClose: () => void }) {
  useFocusBack()
  const deadline = deadlineOf(report, period.start)
  const what = `${periodLabel(period)}${report.label.replace(/（.*）$/, '')}`
  const [text, setText] = useState(daysUntil(deadline) < 0 ? `${what}的报送期限（${deadline}）已过，贵单位尚未提交，请尽快核实填报并提交。` : `${what}请于 ${deadline} 前提交，贵单位尚未提交，请抓紧填报。`)
  const { message } = App.useApp()
  const say = useProblem()
  const act = useAct(remind, {
    changes: REVIEW_READS,
    onDone: ({ reminded }) => {
      message.success(`已催报 ${reminded} 家，对方登录后会在工作台看到。`)
      onClose()
    },
    onProblem: say,
  })
  return (
    <Modal open title={`催报 ${rows.length} 家`} okText="发出催报" onCancel={onClose} confirmLoading={act.isPending} okButtonProps={{ disabled: text.trim().length < 2 }} width={560}
      onOk={() => act.mutate({ form: report.formName, period: period.key, organizationIds: rows.map((r) => r.organizationId), text: text.trim() })}>
      <p className="muted">{rows.slice(0, 5).map((r) => r.organizationName).join('、')}{rows.length > 5 ? ` 等 ${rows.length} 家` : ''}</p>
      <label className="field-label" htmlFor="remind-text">催报内容</label>
      <Input.TextArea id="remind-text" rows={4} maxLength={500} value={text} onChange={(e) => setText(e.target.value)} />
    </Modal>
  )
}
