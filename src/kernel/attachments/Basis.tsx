/** Documents behind an act, opened where somebody asks for them. */
import { lazy, Suspense, useState } from 'react'
import { useSession } from '../ui/session.tsx'
import { listAttachments } from './attachment.contract.ts'
import './attachments.css'

const Attachments = lazy(() => import('./Attachments.tsx').then((m) => ({ default: m.Attachments })))

export function Basis({ entity, recordId, label = '依据文件' }: { entity: string; recordId: number; label?: string }) {
  const [open, setOpen] = useState(false)
  const { may } = useSession()
  if (!may(listAttachments.access)) return null
  return (
    <details className="change-basis" onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>{label}</summary>
      {open && <Suspense><Attachments entity={entity} recordId={recordId} hint="还没有上传依据文件。" /></Suspense>}
    </details>
  )
}
