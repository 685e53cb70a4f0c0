/** Before a form is handed in: is it full, is anything wrong, who answers for it. */
import { App, Button, Modal } from 'antd'
import { useState } from 'react'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useProblem } from '../../ui/problems.tsx'
import { useSession } from '../../ui/session.tsx'
import { untilText } from '../../ui/text.web.ts'
import type { Report } from '../report.rules.ts'
import { CellFindings } from './CellFindings.tsx'
import type { Filing } from './useFiling.web.ts'
import { byItem as groupByItem } from './by-item.web.ts'

interface Props {
  report: Report
  filing: Filing
  jump: (item: string) => void
  onClose: () => void
}

export default function SubmitDialog({ report, filing, jump, onClose }: Props) {
  useFocusBack()
  const { session, state, findings, evaluation } = filing
  const { user } = useSession()
  const { message } = App.useApp()
  const [busy, setBusy] = useState(false)
  const say = useProblem()
  const hard = findings.filter((f) => f.severity === 'hard')
  const open = findings.filter((f) => f.severity === 'soft' && !f.reason)
  const explained = findings.filter((f) => f.severity === 'soft' && f.reason)
  const label = (code: string) => report.items.find((i) => i.code === code)?.label ?? ''
  const { expected, filled } = evaluation.completeness
  const submit = async () => {
    setBusy(true)
    try {
      await session.submit()
      message.success('报表已提交，等待审核。')
      onClose()
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  const go = (item: string) => {
    onClose()
    jump(item)
  }
  return (
    <Modal open title="提交报表" okText="提交" onCancel={onClose} onOk={() => void submit()} confirmLoading={busy} okButtonProps={{ disabled: hard.length + open.length > 0 }} width={640}>
      <dl className="submit-facts">
        <dt>报表</dt><dd>{report.label}</dd>
        <dt>填报单位</dt><dd>{state.opened.organization.name}</dd>
        <dt>报送期限</dt><dd>{state.opened.deadline}（{untilText(state.opened.deadline)}）</dd>
        <dt>必填项</dt><dd>已填 {filled} 项，共 {expected} 项</dd>
        <dt>填报人</dt><dd>{state.opened.facts?.filledByName ?? user.name}</dd>
        <dt>{user.hat?.role === 'responsible' ? '单位负责人' : '提交人'}</dt><dd>{user.name}（{user.hat?.roleLabel}）</dd>
      </dl>
      {hard.length > 0 && (
        <section className="submit-group">
          <h3>必须改正 {hard.length} 处，改正后才能提交</h3>
          {[...groupByItem(hard)].map(([item, list]) => <div key={item} className="submit-row"><Button type="link" size="small" onClick={() => go(item)}>{label(item)}</Button><CellFindings findings={list} /></div>)}
        </section>
      )}
      {open.length > 0 && (
        <section className="submit-group">
          <h3>异常 {open.length} 处，请核对；数字无误的写明原因</h3>
          {[...groupByItem(open)].map(([item, list]) => (
            <div key={item} className="submit-row">
              <Button type="link" size="small" onClick={() => go(item)}>{label(item)}</Button>
              <CellFindings findings={list} explain={(f, reason) => session.explain(f.checkCode, f.item, reason)} />
            </div>
          ))}
        </section>
      )}
      {hard.length + open.length === 0 && <p>检查通过{explained.length ? `，${explained.length} 处异常已说明原因` : ''}。提交后由主管单位（区县）审核，在审核之前可以撤回。</p>}
    </Modal>
  )
}
