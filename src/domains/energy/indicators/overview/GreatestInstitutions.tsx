/** In one district or unit: who weighs most in the figure, with the way to the form. */
import { Link } from '@tanstack/react-router'
import { useCall } from '../../../../kernel/ui/queries.web.ts'
import { EmptyState, Loaded } from '../../../../kernel/ui/states.tsx'
import { decimalText } from '../../../../kernel/ui/text.web.ts'
import { BehindTable } from '../behind/BehindTable.tsx'
import { unitFor } from '../figures.web.ts'
import { readBehind } from '../indicators.contract.ts'
import { inputOf, searchOf, type Regions, type Slice } from '../slice.web.ts'

const SHOWN = 10

export function GreatestInstitutions({ slice, regions }: { slice: Slice; regions: Regions }) {
  const rows = useCall(readBehind, { ...inputOf(slice, regions), indicator: slice.indicator.code, limit: SHOWN }, { placeholderData: (before) => before })
  const unit = unitFor(slice.indicator, slice)
  return (
    <section className="panel is-short" aria-label="用量最大的机构">
      <div className="picture-head">
        <h2 className="panel-title">{slice.indicator.numerator.label}最大的机构</h2>
        <Link to="/energy/behind" search={searchOf(slice) as never}>全部{rows.data ? ` ${decimalText(rows.data.total)} 家` : ''}</Link>
      </div>
      <Loaded of={rows}>
        {(found) => found.rows.length === 0 ? <EmptyState title="这一期还没有数据" /> : <BehindTable rows={found.rows} slice={slice} top={unit.split('/')[0]!} bottom={slice.indicator.denominator.of === 'people' ? '人' : '㎡'} unit={unit} />}
      </Loaded>
    </section>
  )
}
