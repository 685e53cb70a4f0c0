/** Routes from the list of screens. What stands behind `?` is plain text: `?q=小学&sort=-people`. */
import { createRootRoute, createRoute, createRouter, Link } from '@tanstack/react-router'
import { lazy, Suspense, type ReactNode } from 'react'
import { Frame } from './Frame.tsx'
import type { Mounted } from './mounted.tsx'
import type { Screen } from './screens.web.ts'
import { useSession } from './session.tsx'
import { EmptyState, LoadingState, NoPermissionState } from './states.tsx'

function pageOf(screen: Pick<Screen, 'load' | 'permission' | 'label'>): () => ReactNode {
  const Page = lazy(screen.load)
  return function PermittedPage() {
    const { may } = useSession()
    if (!may(screen.permission)) return <NoPermissionState page what={`“${screen.label}”`} />
    return (
      <Suspense fallback={<LoadingState />}>
        <Page />
      </Suspense>
    )
  }
}

const NotFound = () => <EmptyState page title="没有这个页面" hint="地址可能写错了，或这个页面已经移走。" action={<Link to="/">回到工作台</Link>} />

export function buildRouter({ screens }: Mounted) {
  const root = createRootRoute({ component: Frame, notFoundComponent: NotFound })
  const desk: Pick<Screen, 'path' | 'label' | 'load' | 'permission'> = { path: '/', label: '工作台', load: () => import('./DeskPage.tsx') }
  const routes = [desk, ...screens].map((screen) => createRoute({ getParentRoute: () => root, path: screen.path, component: pageOf(screen) }))
  return createRouter({
    routeTree: root.addChildren(routes),
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const query = new URLSearchParams()
      for (const [name, value] of Object.entries(search as Record<string, unknown>)) if (value !== undefined && value !== null && value !== '') query.set(name, String(value))
      const text = query.toString()
      return text ? `?${text}` : ''
    },
    scrollRestoration: true,
  })
}
