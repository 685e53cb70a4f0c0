/** Who changed a cell, when, from what to what. */
import { Drawer } from 'antd'
import { useFocusBack } from '../../ui/focus-back.web.ts'
import { useCall } from '../../ui/queries.web.ts'
import { EmptyState, Loaded } from '../../ui/states.tsx'
import { instantText } from '../../ui/text.web.ts'
import { filingHistory } from '../filing.contract.ts'
import { shownText } from '../grid/cell-text.web.ts'
import type { ReportItem } from '../report.rules.ts'

const HOW: Record<string, string> = { 'filing.save': '填报', 'filing.submit': '提交', 'import.apply': '文件导入', 'import.undo': '撤销导入' }

export default function CellHistory({ filingId, item, onClose }: { filingId: number; item: ReportItem; onClose: () => void }) {
  useFocusBack()
  const query = useCall(filingHistory, { id: filingId, item: item.code }, { staleTime: 0 })
  return (
    <Drawer open title={`${item.label}的修改历史`} onClose={onClose} size={420}>
      <Loaded of={query}>
        {({ entries }) => entries.length === 0 ? <EmptyState title="这一格没有改过" hint="第一次填写之后的每次改动都会记在这里。" /> : (
          <ol className="cell-history">
            {entries.map((e, i) => (
              <li key={i}>
                <p><b>{e.actorName}</b>　{instantText(e.at)}　<span className="muted">{HOW[e.operation] ?? '系统处理'}</span></p>
                <p className="number-change"><span>{shownText(e.before, item) || '（空白）'}</span> → <b>{shownText(e.after, item) || '（空白）'}</b> {item.unit}</p>
                {e.reason && <p className="muted">原因：{e.reason}</p>}
              </li>
            ))}
          </ol>
        )}
      </Loaded>
    </Drawer>
  )
}
