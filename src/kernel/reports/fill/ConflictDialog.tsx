/** Two people changed the same cell: both values stand side by side, the person chooses. */
import { Button, Modal, Radio } from 'antd'
import { useState } from 'react'
import { shownText, type CellValue } from '../grid/cell-text.web.ts'
import type { Report } from '../report.rules.ts'
import type { Conflict, FilingSession } from './filing-session.web.ts'
import { useFocusBack } from '../../ui/focus-back.web.ts'

interface Props {
  report: Report
  session: FilingSession
  conflicts: readonly Conflict[]
  byName: string | null
}

export default function ConflictDialog({ report, session, conflicts, byName }: Props) {
  useFocusBack()
  const [chosen, setChosen] = useState<Record<string, 'mine' | 'theirs'>>({})
  const done = conflicts.every((c) => chosen[c.item])
  const settle = () => session.settle(Object.fromEntries(conflicts.map((c): [string, CellValue] => [c.item, chosen[c.item] === 'theirs' ? c.theirs : c.mine])))
  const item = (code: string) => report.items.find((i) => i.code === code)!
  const everything = (side: 'mine' | 'theirs') => setChosen(Object.fromEntries(conflicts.map((c) => [c.item, side])))
  return (
    <Modal open title="别人同时改了这几格" closable={false} keyboard={false} mask={{ closable: false }} width={640}
      footer={[
        <Button key="mine" onClick={() => everything('mine')}>全用我的</Button>, <Button key="theirs" onClick={() => everything('theirs')}>全用对方的</Button>,
        <Button key="ok" type="primary" disabled={!done} onClick={settle}>按选择保存</Button>,
      ]}>
      <p>您打开之后，{byName ?? '别人'}也修改并保存了这张报表。请逐格选择保留哪一个数，两个数都会留在修改历史里。</p>
      <table className="conflict">
        <thead><tr><th scope="col">指标</th><th scope="col">我填的</th><th scope="col">对方填的</th></tr></thead>
        <tbody>
          {conflicts.map((c) => (
            <tr key={c.item}>
              <th scope="row">{item(c.item).label}　<span className="muted">{item(c.item).unit}</span></th>
              {(['mine', 'theirs'] as const).map((side) => (
                <td key={side}>
                  <Radio name={c.item} checked={chosen[c.item] === side} onChange={() => setChosen({ ...chosen, [c.item]: side })}>{shownText(c[side], item(c.item)) || '（空白）'}</Radio>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  )
}
