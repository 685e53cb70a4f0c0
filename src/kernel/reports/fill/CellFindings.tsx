/** The findings of one cell. Soft ones take one reason for the number, here and now; it stays with the number. */
import { Button, Input } from 'antd'
import { useId, useState } from 'react'
import { useProblem } from '../../ui/problems.tsx'

export interface ShownFinding {
  checkCode: string
  item: string
  severity: 'hard' | 'soft'
  message: string
  basis?: string
  reason: string | null
  reasonBy: string | null
}
interface Props {
  findings: readonly ShownFinding[]
  /** Absent where nothing can be explained now. */
  explain?: (finding: ShownFinding, reason: string) => Promise<void>
  /** The number is on its way to the server; the reason is asked for once it is there. */
  waiting?: boolean
  /** The reason was saved or given up: back to the number. */
  done?: () => void
}

export function CellFindings({ findings, explain, waiting, done }: Props) {
  const [editing, setEditing] = useState(false)
  const id = useId()
  const open = findings.filter((f) => f.severity === 'soft' && !f.reason)
  const explained = findings.filter((f) => f.severity === 'soft' && f.reason)
  const asked = editing ? [...open, ...explained] : open
  return (
    <div id={id}>
      {findings.map((f) => {
        const state = f.severity === 'hard' ? 'hard' : f.reason ? 'explained' : 'soft'
        return (
          <div key={`${f.checkCode} ${f.item}`} className={`finding is-${state}`}>
            <p>
              <b className="finding-mark">{{ hard: '须改正', soft: '请说明', explained: '已说明' }[state]}</b>{f.message}
              {f.basis && <span className="muted">（依据：{f.basis}）</span>}
            </p>
            {f.reason && <p className="finding-reason">说明：{f.reason}{f.reasonBy && <span className="muted">（{f.reasonBy}）</span>}</p>}
          </div>
        )
      })}
      {explain && asked.length > 0 && (
        <ReasonForm
          key={String(editing)} known={editing ? (explained[0]?.reason ?? '') : ''} describedBy={id}
          save={async (reason) => {
            for (const f of asked) await explain(f, reason)
            setEditing(false)
            done?.()
          }}
          leave={done}
        />
      )}
      {!explain && waiting && open.length > 0 && <p className="muted">这个数保存后，可在这里写明原因。</p>}
      {explain && explained.length > 0 && !editing && open.length === 0 && <Button type="link" size="small" onClick={() => setEditing(true)}>修改说明</Button>}
    </div>
  )
}

function ReasonForm({ known, describedBy, save, leave }: { known: string; describedBy: string; save: (reason: string) => Promise<void>; leave?: () => void }) {
  const [text, setText] = useState(known)
  const [busy, setBusy] = useState(false)
  const say = useProblem()
  const ready = text.trim().length >= 2
  const go = async () => {
    if (!ready) return
    setBusy(true)
    try {
      await save(text.trim())
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className="finding-form">
      <Input.TextArea
        autoSize={{ minRows: 1, maxRows: 4 }} maxLength={500} value={text} placeholder="数字无误的，请写明原因，如：3 月起新增食堂" aria-label="异常原因" aria-describedby={describedBy}
        onChange={(e) => setText(e.target.value)}
        onKeyDown={(e) => {
          if (e.key === 'Escape') return leave?.()
          if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return
          e.preventDefault()
          void go()
        }}
      />
      <Button type="primary" ghost loading={busy} disabled={!ready} onClick={() => void go()}>保存说明</Button>
    </div>
  )
}
