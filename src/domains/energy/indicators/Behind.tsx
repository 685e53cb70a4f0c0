/** A number that opens the institutions behind it. */
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { searchOf, type Slice } from './slice.web.ts'

interface Props {
  slice: Slice
  /** Laid over the slice: another indicator, a district, only those kept out. */
  change?: Record<string, string | undefined>
  children: ReactNode
  /** Read out where the number alone would say too little. */
  label?: string
  className?: string
}
export const Behind = ({ slice, change, children, label, className }: Props) => (
  <Link to="/energy/behind" search={searchOf(slice, change) as never} className={className ?? 'behind-link'} aria-label={label} title="查看背后的机构">{children}</Link>
)
