/** Long work on a page: a bar while it runs, a way to end it, the result until somebody has seen it. */
import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Popconfirm, Progress } from 'antd'
import { useEffect, useRef } from 'react'
import { useProblem } from '../ui/problems.tsx'
import { refresh, useAct, useCall } from '../ui/queries.web.ts'
import { instantText } from '../ui/text.web.ts'
import { cancelJob, isOpen, JOB_STATES, listJobs, type Job } from './job.contract.ts'

const EVERY = 1000
/** Work that says nothing for so long has lost its process; the queue takes it up again. */
const SILENT_MS = 120_000

/** The newest jobs of a kind; asked again while one of them is open. `changes`: what its end makes old. */
export function useJobs(kind: string, changes: readonly string[] = []) {
  const client = useQueryClient()
  const query = useCall(listJobs, { kind }, { staleTime: 5000, refetchInterval: (q) => (q.state.data?.jobs.some(isOpen) ? EVERY : false) })
  const running = query.data?.jobs.some(isOpen) ?? false
  const was = useRef(false)
  useEffect(() => {
    if (was.current && !running) void refresh(client, changes)
    was.current = running
  }, [running, client, changes])
  return query.data?.jobs ?? []
}

export function JobProgress({ job, cancelText }: { job: Job; cancelText: string }) {
  const say = useProblem()
  const cancel = useAct(cancelJob, { changes: ['job.list'], onProblem: say })
  const silent = isOpen(job) && job.state !== 'queued' && Date.now() - new Date(job.updatedAt).getTime() > SILENT_MS
  if (!isOpen(job))
    return (
      <Alert
        className="job" type={job.state === 'done' ? 'success' : job.state === 'cancelled' ? 'info' : 'error'} showIcon
        title={`${job.label}：${JOB_STATES[job.state]}`} description={<>{job.result?.words ?? job.problem?.message}<span className="muted">　{job.byName} {instantText(job.at)} 发起，{instantText(job.finishedAt)} 结束</span></>}
      />
    )
  const percent = job.total ? Math.floor((job.done / job.total) * 100) : 0
  return (
    <section className="panel job" aria-label={job.label} aria-live="polite">
      <div className="panel-head">
        <p><b>{job.label}</b>　<span className="muted">{job.byName} {instantText(job.at)} 发起</span></p>
        {job.can.includes('cancel') ? (
          <Popconfirm title={cancelText} okText="取消任务" cancelText="继续" onConfirm={() => cancel.mutate({ id: job.id })}><Button size="small" loading={cancel.isPending}>取消</Button></Popconfirm>
        ) : job.cancelAsked && <span className="muted">{job.cancelAsked.byName} 已要求取消</span>}
      </div>
      <Progress percent={percent} status="active" aria-label={`${job.label}的进度`} />
      <p className="muted">{JOB_STATES[job.state]}{job.step && `：${job.step}`}。可以离开本页，会继续进行，结果留在这里。{silent && '已经有一会儿没有进展，系统会自动接着做。'}</p>
    </section>
  )
}
