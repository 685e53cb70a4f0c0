/** Menu, bar and page. Every page stands inside its own error boundary: one that breaks leaves the frame. */
import { MenuOutlined, SearchOutlined } from '@ant-design/icons'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { Button, Drawer } from 'antd'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { MainMenu } from './MainMenu.tsx'
import { PersonMenu } from './PersonMenu.tsx'
import { WorkingPeriodButton } from '../reports/WorkingPeriodButton.tsx'
import { Waiting } from './Waiting.tsx'
import { useNarrow } from './narrow.web.ts'
import './frame.css'

const SearchEverything = lazy(() => import('./SearchEverything.tsx'))

const Brand = () => (
  <Link to="/" className="frame-brand">
    <img src="/favicon.svg" alt="" />
    公廨 <small>机关事务管理平台</small>
  </Link>
)

export function Frame() {
  const { pathname } = useLocation()
  const narrow = useNarrow()
  const [menu, setMenu] = useState(false)
  const [searching, setSearching] = useState(false)
  const main = useRef<HTMLElement>(null)
  const first = useRef(true)

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') {
        event.preventDefault()
        setSearching(true)
      }
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  // A new page is announced: the focus goes where its content begins.
  useEffect(() => {
    if (first.current) first.current = false
    else main.current?.focus({ preventScroll: true })
  }, [pathname])

  return (
    <div className="frame">
      <a className="skip-link" href="#main">跳到正文</a>
      {!narrow && (
        <aside className="frame-side" aria-label="导航">
          <Brand />
          <MainMenu />
        </aside>
      )}
      <header className="frame-top">
        {narrow && <Button type="text" icon={<MenuOutlined />} aria-label="打开菜单" onClick={() => setMenu(true)} />}
        <button type="button" className="frame-search" onClick={() => setSearching(true)} aria-keyshortcuts="Control+K">
          <SearchOutlined aria-hidden />
          <span>搜索页面、机构…</span>
          <kbd>Ctrl K</kbd>
        </button>
        <div className="frame-top-space" />
        <WorkingPeriodButton />
        <Waiting />
        <PersonMenu />
      </header>
      <main id="main" className="frame-main" ref={main} tabIndex={-1}>
        <ErrorBoundary resetKey={pathname}>
          <Outlet />
        </ErrorBoundary>
      </main>
      {narrow && (
        <Drawer open={menu} onClose={() => setMenu(false)} placement="left" size={272} title="公廨" styles={{ body: { padding: 0 } }}>
          <MainMenu onChosen={() => setMenu(false)} />
        </Drawer>
      )}
      {searching && (
        <Suspense>
          <SearchEverything onClose={() => setSearching(false)} />
        </Suspense>
      )}
    </div>
  )
}
