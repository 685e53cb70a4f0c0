/** Pages by business area, in the order of the plan; only what exists and is permitted. */
import { Link, useLocation } from '@tanstack/react-router'
import { useState } from 'react'
import { AREAS, type AreaId } from './areas.rules.ts'
import { useMounted } from './mounted.tsx'
import { useSession } from './session.tsx'

const exact = { exact: true, includeSearch: false }
const KEY = 'gongxie.menu.closed'
const remembered = (): AreaId[] => JSON.parse(localStorage.getItem(KEY) ?? '[]') as AreaId[]

export function MainMenu({ onChosen }: { onChosen?: () => void }) {
  const { screens } = useMounted()
  const { may } = useSession()
  const { pathname } = useLocation()
  const [closed, setClosed] = useState<AreaId[]>(remembered)
  const toggle = (area: AreaId) => {
    const next = closed.includes(area) ? closed.filter((a) => a !== area) : [...closed, area]
    localStorage.setItem(KEY, JSON.stringify(next))
    setClosed(next)
  }
  const shown = screens.filter((s) => s.menu && may(s.permission))
  // The longest address that begins this page's is where we are: a record belongs to its list.
  const here = shown.map((s) => s.path).filter((p) => pathname === p || pathname.startsWith(`${p}/`)).toSorted((a, b) => b.length - a.length)[0]
  return (
    <nav className="menu" aria-label="主菜单">
      <Link to="/" activeOptions={exact} className={pathname === '/' ? 'is-here' : undefined} onClick={onChosen}>工作台</Link>
      {(Object.keys(AREAS) as AreaId[]).map((area) => {
        const pages = shown.filter((s) => s.area === area)
        if (!pages.length) return null
        const open = !closed.includes(area) || pages.some((s) => s.path === here)
        return (
          <div key={area}>
            <button type="button" className="menu-area" aria-expanded={open} onClick={() => toggle(area)}>{AREAS[area]}</button>
            {open && (
              <ul>
                {pages.map((s) => (
                  <li key={s.path}>
                    <Link to={s.path} activeOptions={exact} className={s.path === here ? 'is-here' : undefined} onClick={onChosen} onMouseEnter={() => void s.load()} onFocus={() => void s.load()}>{s.label}</Link>
                  </li>
                ))}
              </ul>
            )}
          </div>
        )
      })}
    </nav>
  )
}
