/** The four states a page can be in when it has nothing to show: loading, empty, refused, failed. */
import { Alert, Button, Empty, Result, Spin } from 'antd'
import { useEffect, useState, type ReactNode } from 'react'
import { Problem } from '../contract/problem.rules.ts'
import { problemOf } from './queries.web.ts'

/** Says nothing for the first moment: a flash of a spinner makes a quick page feel slow. */
export function LoadingState({ full, label = '正在读取…' }: { full?: boolean; label?: string }) {
  const [late, setLate] = useState(false)
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 250)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className={full ? 'state state-full' : 'state'} role="status" aria-live="polite">
      {late && (
        <>
          <Spin />
          <span className="muted">{label}</span>
        </>
      )}
    </div>
  )
}

interface EmptyProps {
  title: string
  /** What to do about it. */
  hint?: ReactNode
  action?: ReactNode
  /** In the place of a whole page: its title is the page's. */
  page?: boolean
}

function StateTitle({ page, children }: { page?: boolean; children: string }) {
  useEffect(() => {
    if (page) document.title = `${children} · 公廨`
  }, [page, children])
  return page ? <h1 className="state-title">{children}</h1> : <strong className="state-title">{children}</strong>
}

export function EmptyState({ title, hint, action, page }: EmptyProps) {
  return (
    <div className="state">
      <Empty image={Empty.PRESENTED_IMAGE_SIMPLE} description={<StateTitle page={page}>{title}</StateTitle>}>
        {hint && <p className="muted state-hint">{hint}</p>}
        {action}
      </Empty>
    </div>
  )
}

export function NoPermissionState({ what = '这个页面', page }: { what?: string; page?: boolean }) {
  return (
    <Result status="403" icon={null} title={<StateTitle page={page}>没有权限</StateTitle>} subTitle={`您当前的岗位不能使用${what}。如果您还有别的岗位，请在右上角切换；否则请联系本单位的系统管理员。`} />
  )
}

export function ErrorState({ error, retry, full, page = full }: { error: unknown; retry?: () => void; full?: boolean; page?: boolean }) {
  const problem = problemOf(error)
  if (problem.status === 403) return <NoPermissionState page={page} />
  const missing = problem instanceof Problem && problem.status === 404
  return (
    <div className={full ? 'state state-full' : 'state'} role="alert">
      <StateTitle page={page}>{missing ? '没有找到' : '没有读取成功'}</StateTitle>
      <p className="muted state-hint">{problem.message}</p>
      {problem.body.basis && <p className="muted state-hint">依据：{problem.body.basis}</p>}
      {retry && !missing && problem.status !== 400 && <Button onClick={retry}>重试</Button>}
    </div>
  )
}

interface Loaded<T> {
  data: T | undefined
  error: Error | null
  isPending: boolean
  refetch: () => unknown
}

/** Several readings as one: what is said of them together waits for all of them, and fails with one of them. */
export const together = (...all: readonly Loaded<unknown>[]): Loaded<true> => {
  const open = all.filter((one) => one.data === undefined)
  return {
    data: open.length ? undefined : true, error: open.find((one) => one.error)?.error ?? null, isPending: open.length > 0,
    refetch: () => {
      for (const one of open) void one.refetch()
    },
  }
}

/** Loading, failure or the page: `<Loaded of={query}>{(data) => …}</Loaded>`. */
export function Loaded<T>({ of, page, children }: { of: Loaded<T>; /** The whole page is read by it, its title too. */ page?: boolean; children: (data: T) => ReactNode }) {
  if (of.data !== undefined) return children(of.data)
  if (of.error) return <ErrorState error={of.error} page={page} retry={() => void of.refetch()} />
  return <LoadingState />
}

/** On a page that asks again by itself: what stands there is from before, because asking again failed. */
export function StaleNotice({ of }: { of: Loaded<unknown> }) {
  if (of.data === undefined || !of.error) return null
  return <Alert type="warning" showIcon style={{ marginBlockEnd: 16 }} title="下面是之前读到的情况，现在的没有读到" description={problemOf(of.error).message} action={<Button size="small" onClick={() => void of.refetch()}>重试</Button>} />
}
