/** Dated acts with their basis, who became what, and the totals before and after. */
import { Link } from '@tanstack/react-router'
import { Tag } from 'antd'
import { Basis } from '../../attachments/Basis.tsx'
import type { OutputOf } from '../../contract/contract.rules.ts'
import { decimalText, instantText } from '../../ui/text.web.ts'
import type { listRestructurings } from './change.contract.ts'
import { actName } from './change.words.rules.ts'

type Change = OutputOf<typeof listRestructurings>['changes'][number]
const sum = (t: Change['totalsBefore']) => `${decimalText(t.organizations)} 个机构，${decimalText(t.people)} 人，${decimalText(t.buildingArea)} ㎡`

const Name = ({ id, name, here }: { id: number; name: string; here?: number }) => (id === here ? <strong>{name}</strong> : <Link to={`/organizations/${id}`}>{name}</Link>)

export function ChangeList({ changes, here }: { changes: readonly Change[]; here?: number }) {
  return (
    <ol className="history">
      {changes.map((c) => (
        <li key={c.id}>
          <div className="history-head">
            <Tag variant="filled">{actName(c.kind)}</Tag>
            <strong>{c.effective} 起</strong>
            <span>依据：{c.basis}</span>
            <span className="muted">{c.byName} 于 {instantText(c.at)} 办理</span>
          </div>
          {c.note && <p className="history-why">{c.note}</p>}
          <ul>
            {c.successions.map((s) => (
              <li key={`${s.fromId}-${s.toId}`}><Name id={s.fromId} name={s.fromName} here={here} /> → <Name id={s.toId} name={s.toName} here={here} /></li>
            ))}
          </ul>
          <p className="muted">变更前：{sum(c.totalsBefore)}。变更后：{sum(c.totalsAfter)}。</p>
          <Basis entity="org.change" recordId={c.id} />
        </li>
      ))}
    </ol>
  )
}
