/** How many things wait for me, summed over the counters that domains bring. */
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Badge, Button, Popover } from 'antd'
import { useState } from 'react'
import { useMounted } from './mounted.tsx'
import { useSession } from './session.tsx'

export function Waiting() {
  const { may } = useSession()
  const counters = useMounted().counters.filter((c) => may(c.permission))
  const [open, setOpen] = useState(false)
  const counts = useQueries({ queries: counters.map((c) => ({ queryKey: ['counter', c.id], queryFn: c.count, refetchInterval: 120_000, staleTime: 30_000 })) })
  if (!counters.length) return null
  const sum = counts.reduce((n, q) => n + (q.data ?? 0), 0)
  const list = (
    <ul className="waiting">
      {counters.map((c, i) => (
        <li key={c.id}>
          <Link to={c.to} onClick={() => setOpen(false)}>{c.label}</Link>　<strong>{counts[i]?.data ?? '…'}</strong>
        </li>
      ))}
    </ul>
  )
  return (
    <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomRight" title="待办" content={list}>
      <Button type="text" aria-label={`待办 ${sum} 件`}>
        待办 <Badge count={sum} overflowCount={999} showZero={false} />
      </Button>
    </Popover>
  )
}
