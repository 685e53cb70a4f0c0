/** A finding under its cell. A soft one takes its reason here, and the reason stays with the number. */
import { Button, Input } from 'antd'
import { useId, useState } from 'react'
import { useProblem } from '../../ui/problems.tsx'
import type { LiveFinding } from './useFiling.web.ts'

interface Props {
  finding: LiveFinding
  /** Absent where nothing can be explained now. */
  explain?: (reason: string) => Promise<void>
}

export function FindingLine({ finding, explain }: Props) {
  const [editing, setEditing] = useState(false)
  const [text, setText] = useState(finding.reason ?? '')
  const [busy, setBusy] = useState(false)
  const say = useProblem()
  const id = useId()
  const soft = finding.severity === 'soft'
  const open = soft && explain && (editing || !finding.reason)
  const save = async () => {
    if (text.trim().length < 2) return
    setBusy(true)
    try {
      await explain!(text.trim())
      setEditing(false)
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className={`finding is-${soft ? (finding.reason ? 'explained' : 'soft') : 'hard'}`}>
      <p id={id}>
        <b className="finding-mark">{soft ? (finding.reason ? '已说明' : '请说明') : '须改正'}</b>
        {finding.message}
        {finding.basis && <span className="muted">（依据：{finding.basis}）</span>}
      </p>
      {finding.reason && !editing && (
        <p className="finding-reason">
          说明：{finding.reason}{finding.reasonBy && <span className="muted">（{finding.reasonBy}）</span>}
          {explain && <Button type="link" size="small" onClick={() => setEditing(true)}>修改说明</Button>}
        </p>
      )}
      {open && (
        <div className="finding-form">
          <Input.TextArea
            autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} value={text} placeholder="数字无误的，请写明原因，如：3 月起新增食堂" aria-label="异常原因" aria-describedby={id}
            onChange={(e) => setText(e.target.value)}
            onKeyDown={(e) => {
              if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return
              e.preventDefault()
              void save()
            }}
          />
          <Button size="small" type="primary" loading={busy} disabled={text.trim().length < 2} onClick={() => void save()}>保存说明</Button>
        </div>
      )}
    </div>
  )
}
