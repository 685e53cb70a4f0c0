/** On the desk: how many institutions there are, and what in the register waits to be put right. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../../ui/queries.web.ts'
import { decimalText } from '../../ui/text.web.ts'
import { listOrganizations } from './organization.contract.ts'
import './organization.css'

const living = { kind: ['institution'], validTo: [null] }
const FACTS: { label: string; filter: Record<string, unknown> }[] = [
  { label: '现存公共机构', filter: living },
  { label: '没有填建筑面积', filter: { ...living, buildingArea: [null] } },
  { label: '没有填用能人数', filter: { ...living, people: [null] } },
  { label: '没有统一社会信用代码', filter: { ...living, uscc: [null] } },
]

function Fact({ label, filter }: { label: string; filter: Record<string, unknown> }) {
  const text = JSON.stringify(filter)
  const { data } = useCall(listOrganizations, { filter: text, limit: 1 }, { staleTime: 60_000 })
  return (
    <Link to="/organizations" search={{ filter: text } as never} className="fact">
      <strong>{data ? `${data.totalKind === 'estimated' ? '约 ' : ''}${decimalText(data.total)}` : '…'}</strong>
      {label}
    </Link>
  )
}

export default function DirectoryCard() {
  return (
    <section className="panel" aria-labelledby="directory-card">
      <div className="panel-head">
        <h2 id="directory-card" className="panel-title">公共机构名录</h2>
        <Link to="/organizations/duplicates">疑似重复</Link>
      </div>
      <div className="facts-row">{FACTS.map((f) => <Fact key={f.label} {...f} />)}</div>
    </section>
  )
}
