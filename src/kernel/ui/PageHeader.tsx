import { Link } from '@tanstack/react-router'
import { useEffect, type ReactNode } from 'react'

interface Props {
  title: string
  /** One line under the title: what this is, its basis, its state. */
  note?: ReactNode
  /** Where one came from: shown above the title. */
  back?: { to: string; label: string; search?: Record<string, unknown> }
  actions?: ReactNode
}

export function PageHeader({ title, note, back, actions }: Props) {
  useEffect(() => {
    document.title = `${title} · 公廨`
  }, [title])
  return (
    <header className="page-head">
      <div className="page-head-words">
        {back && <Link className="page-head-back" to={back.to} search={back.search as never}>← {back.label}</Link>}
        <h1>{title}</h1>
        {note && <p className="muted">{note}</p>}
      </div>
      {actions && <div className="page-head-actions no-print">{actions}</div>}
    </header>
  )
}
