/** On the auditor's desk: is the trail sealed, anchored and proven. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { decimalText } from '../ui/text.web.ts'
import { chainState } from './audit.contract.ts'
import { VERDICTS } from './words.rules.ts'
import { secondText } from './words.web.ts'
import '../registers/registers.css'

export default function ChainCard() {
  const state = useCall(chainState, {})
  return (
    <section className="panel">
      <div className="panel-head"><h2 className="panel-title">审计链</h2><Link to="/audit/chain">查看</Link></div>
      <Loaded of={state}>
        {(s) => {
          const last = s.verifications.find((v) => v.endedAt)
          return (
            <dl className="record-facts">
              <div><dt>审计记录</dt><dd><Link to="/audit">{decimalText(s.entries)} 条</Link></dd></div>
              <div><dt>等待封存</dt><dd>{decimalText(s.waiting)} 条</dd></div>
              <div><dt>最近锚定</dt><dd>{s.anchored ? secondText(s.anchored.at) : '还没有'}</dd></div>
              <div><dt>最近校验</dt><dd>{last ? `${VERDICTS[last.state]}，${secondText(last.endedAt!)}` : '还没有校验过'}</dd></div>
            </dl>
          )
        }}
      </Loaded>
    </section>
  )
}
