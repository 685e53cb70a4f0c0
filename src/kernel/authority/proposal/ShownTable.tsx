import { NONE } from '../../ui/text.web.ts'
import type { ProposalRow } from './proposal.contract.ts'

/** What a proposal would change, before and after, in words. */
export function ShownTable({ shown }: { shown: ProposalRow['shown'] }) {
  const changes = shown.some((s) => s.before !== null)
  return (
    <table className="change-table">
      <thead><tr><th scope="col">事项</th>{changes && <th scope="col">现在</th>}<th scope="col">{changes ? '批准之后' : '内容'}</th></tr></thead>
      <tbody>{shown.map((s) => <tr key={s.label + (s.after ?? '')}><th scope="row">{s.label}</th>{changes && <td>{s.before ?? NONE}</td>}<td>{s.after ?? NONE}</td></tr>)}</tbody>
    </table>
  )
}
