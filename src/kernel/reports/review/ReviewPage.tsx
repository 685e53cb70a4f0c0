/** The review desk: how far the filings are, what is doubtful first, decide one or fifty. */
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useAsked } from '../../ui/address.web.ts'
import { PageHeader } from '../../ui/PageHeader.tsx'
import { useSession } from '../../ui/session.tsx'
import { EmptyState } from '../../ui/states.tsx'
import { FormAndPeriod, useFormAndPeriod } from '../FormAndPeriod.tsx'
import { FilingsToReview } from './FilingsToReview.tsx'
import { ProgressTable } from './ProgressTable.tsx'
import './review.css'

export default function ReviewPage() {
  const asked = useFormAndPeriod()
  const { may } = useSession()
  const [search] = useAsked()
  const [open, setOpen] = useState(!search.regionId && !search.superiorId && !search.category)
  if (!asked) return <EmptyState title="还没有报表" hint="平台没有装入任何统计报表制度。" />
  return (
    <>
      <PageHeader title="审核" note="先看有疑点的；数字没有问题的可以一次通过多家。" actions={may('report.lock') && <Link to="/reviews/locks">报告期锁定</Link>} />
      <div className="review-tools"><FormAndPeriod {...asked} /></div>
      {asked.report ? (
        <>
          <details className="panel review-progress" open={open} onToggle={(e) => setOpen(e.currentTarget.open)}>
            <summary>填报进度</summary>
            {open && <ProgressTable form={asked.kind.name} period={asked.period} />}
          </details>
          <FilingsToReview key={`${asked.kind.name} ${asked.period.key}`} report={asked.report} period={asked.period} />
        </>
      ) : <EmptyState title="这一期还没有实行这张报表" hint="请另选报告期。" />}
    </>
  )
}
