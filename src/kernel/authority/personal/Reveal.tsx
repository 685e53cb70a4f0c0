/** A value shown in part; the whole of it after a reason, which is kept. */
import { EyeOutlined } from '@ant-design/icons'
import { Button, Input, Popover } from 'antd'
import { useState } from 'react'
import { useProblem } from '../../ui/problems.tsx'
import { useAct } from '../../ui/queries.web.ts'
import { useSession } from '../../ui/session.tsx'
import { reveal } from './reveal.contract.ts'

export function Reveal({ entity, id, field, shown }: { entity: string; id: number; field: string; shown: string }) {
  const { may } = useSession()
  const [open, setOpen] = useState(false)
  const [reason, setReason] = useState('')
  const [whole, setWhole] = useState<string | null>()
  const say = useProblem()
  const act = useAct(reveal, { onProblem: say, onDone: ({ value }) => { setWhole(value); setOpen(false) } })
  if (whole !== undefined) return <span className="nowrap">{whole ?? '没有填写'}</span>
  if (!may(reveal.access)) return <span className="nowrap">{shown}</span>
  const ask = (
    <form style={{ display: 'flex', gap: 8, width: 280 }} onSubmit={(e) => { e.preventDefault(); act.mutate({ entity, id, field, reason }) }}>
      <Input autoFocus aria-label="查看的原因" placeholder="为什么要看，如：电话催报" maxLength={300} value={reason} onChange={(e) => setReason(e.target.value)} />
      <Button type="primary" htmlType="submit" loading={act.isPending} disabled={reason.trim().length < 2}>查看</Button>
    </form>
  )
  return (
    <span className="nowrap">
      {shown}
      <Popover open={open} onOpenChange={setOpen} trigger="click" title="查看完整内容会留下记录" content={ask} destroyOnHidden>
        <Button type="link" size="small" icon={<EyeOutlined aria-hidden />} aria-label="查看完整内容" />
      </Popover>
    </span>
  )
}
