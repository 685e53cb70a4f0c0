import type { ReactNode } from 'react'

/** A wide table on a narrow screen: scrolls by itself, also from the keyboard. */
export function ScrollBox({ label, children }: { label: string; children: ReactNode }) {
  return <div className="scroll-box" role="region" aria-label={label} tabIndex={0}>{children}</div>
}
