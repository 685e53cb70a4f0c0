import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, StrictMode, Suspense } from 'react'
import { createRoot } from 'react-dom/client'
import '../../kernel/ui/nonce.web.ts'
import '../../kernel/ui/words.web.ts'
import { ErrorBoundary } from '../../kernel/ui/ErrorBoundary.tsx'
import { Pause } from '../../kernel/ui/Pause.tsx'
import { queries } from '../../kernel/ui/queries.web.ts'
import { SessionProvider } from '../../kernel/ui/session.tsx'
import { SignInPage } from '../../kernel/ui/SignInPage.tsx'
import { LoadingState } from '../../kernel/ui/states.tsx'
import { Appearance } from '../../kernel/ui/theme.tsx'
import '../../kernel/ui/base.css'

const Workplace = lazy(() => import('./Workplace.tsx'))
const ReturnPage = lazy(() => import('../../kernel/ui/ReturnPage.tsx'))

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <Appearance>
      <ErrorBoundary>
        <QueryClientProvider client={queries}>
          <Pause />
          {location.pathname === '/sso' ? (
            <Suspense fallback={<LoadingState full />}>
              <ReturnPage />
            </Suspense>
          ) : (
            <SessionProvider signIn={(done) => <SignInPage onDone={done} />}>
              <Suspense fallback={<LoadingState full />}>
                <Workplace />
              </Suspense>
            </SessionProvider>
          )}
        </QueryClientProvider>
      </ErrorBoundary>
    </Appearance>
  </StrictMode>,
)

// System fonts carry the page; ours are asked for piece by piece only where a character is missing.
const fonts = () => void import('./fonts.web.ts')
if ('requestIdleCallback' in window) requestIdleCallback(fonts)
else setTimeout(fonts, 1500)
