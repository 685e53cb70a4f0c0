/** One import: how far the check is, what it found, accept, done, take back. The address holds the batch: leaving loses nothing. */
import { DownloadOutlined } from '@ant-design/icons'
import { Link } from '@tanstack/react-router'
import { Alert, App, Button, Progress, Steps } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { OutputOf } from '../contract/contract.rules.ts'
import { WhoLink } from '../authority/access/WhoLink.tsx'
import { useAddress } from '../ui/address.web.ts'
import { download } from '../ui/files.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useProblem } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { Loaded } from '../ui/states.tsx'
import { instantText } from '../ui/text.web.ts'
import { AcceptPart } from './AcceptPart.tsx'
import { BatchLines } from './BatchLines.tsx'
import { STATES } from './batch-words.web.ts'
import { cancelImport, getImport, importErrors, type ImportBatch } from './import.contract.ts'
import './imports.css'

const UndoDialog = lazy(() => import('./UndoDialog.tsx'))
const STEP: Record<ImportBatch['state'], number> = { checking: 2, checked: 3, applying: 3, applied: 4, undone: 4, failed: 2, cancelled: 3 }

export default function BatchPage() {
  const id = Number(useAddress().id)
  const query = useCall(getImport, { id }, { staleTime: 0, refetchInterval: (q) => (q.state.data && ['checking', 'applying'].includes(q.state.data.state) ? 800 : false) })
  return <Loaded of={query}>{(batch) => <Batch batch={batch} />}</Loaded>
}

function Batch({ batch }: { batch: OutputOf<typeof getImport> }) {
  const [undoing, setUndoing] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const cancel = useAct(cancelImport, { changes: ['import.get', 'import.list'], onProblem: say })
  const errors = async () => {
    try {
      message.success(`已下载“${await download(importErrors, { id: batch.id })}”，改好后可以直接再导入。`)
    } catch (error) {
      say(error)
    }
  }
  const c = batch.counts
  const wrote = (c.create ?? 0) + (c.update ?? 0)
  const again = <Link to="/imports/new" search={{ target: batch.target } as never}>重新导入</Link>
  return (
    <>
      <PageHeader title={batch.fileName} back={{ to: '/imports', label: '数据导入' }} note={`${batch.byName}　${instantText(batch.at)}　${STATES[batch.state]}`}
        actions={
          <>
            <WhoLink subject="import" id={batch.id} />
            {(c.error ?? 0) > 0 && batch.state !== 'checking' && <Button icon={<DownloadOutlined aria-hidden />} onClick={() => void errors()}>下载错误文件</Button>}
            {batch.state === 'applied' && wrote > 0 && <Button danger onClick={() => setUndoing(true)}>撤销整批</Button>}
            {['checking', 'checked'].includes(batch.state) && <Button loading={cancel.isPending} onClick={() => cancel.mutate({ id: batch.id })}>放弃</Button>}
          </>
        } />
      <Steps size="small" className="import-steps" current={STEP[batch.state]} status={batch.state === 'failed' ? 'error' : undefined} items={[{ title: '选择文件' }, { title: '对应各列' }, { title: '检查' }, { title: '确认写入' }]} />
      {(batch.state === 'checking' || batch.state === 'applying') && (
        <section className="panel import-part" aria-live="polite">
          <h2>{batch.state === 'checking' ? '正在逐行检查' : '正在写入'}</h2>
          <Progress percent={batch.state === 'applying' ? undefined : Number(batch.progress)} status="active" showInfo={batch.state === 'checking'} aria-label="进度" />
          <p className="muted">可以离开本页，检查会继续进行；结果在“数据导入”里等您。</p>
        </section>
      )}
      {batch.problem && <Alert className="import-part" type="error" showIcon title={batch.problem.message} description={batch.state === 'failed' ? again : undefined} />}
      {batch.state === 'applied' && <Alert className="import-part" type="success" showIcon title={`已写入：新增 ${c.create ?? 0} 行，更新 ${c.update ?? 0} 行${c.error ? `；有错误的 ${c.error} 行没有写入，可下载错误文件改好再导入` : ''}。`} description={<>{batch.standing && batch.standing.forms > 0 && <p className="import-standing">{standingText(batch.standing)}</p>}<DoneLinks target={batch.target} /></>} />}
      {batch.state === 'undone' && <Alert className="import-part" type="info" showIcon title={`这次导入已于 ${instantText(batch.undoneAt)} 整批撤销，数据回到导入之前。`} description={again} />}
      {batch.state === 'cancelled' && <Alert className="import-part" type="info" showIcon title="这次导入已放弃，没有写入任何内容。" description={again} />}
      {batch.state === 'checked' && <AcceptPart batch={batch} />}
      {batch.state !== 'checking' && batch.state !== 'failed' && <BatchLines key={batch.state} batch={batch} />}
      {undoing && <Suspense><UndoDialog batch={batch} onClose={() => setUndoing(false)} /></Suspense>}
    </>
  )
}

/** A district that brings the figures of all its institutions sees at once what is left to do. */
const standingText = ({ forms, submitted, hard, open }: NonNullable<OutputOf<typeof getImport>['standing']>): string => {
  const left = [hard && `${hard} 张有必须改正的错误`, open && `${open} 张有异常没有说明原因`].filter(Boolean)
  return `填成的报表现有 ${forms} 张：已提交 ${submitted} 张，草稿 ${forms - submitted} 张。${left.length ? `其中 ${left.join('，')}。` : ''}`
}

const DoneLinks = ({ target }: { target: string }) => target === 'people' ? <><Link to="/people">查看人员</Link>　<Link to="/proposals" search={{ view: 'mine' } as never}>查看已提交的申请</Link>　<span>批准之前没有权限；批准后到“人员与岗位”发放首次登录码。</span></> : target === 'institutions' ? <Link to="/organizations">查看名录</Link> : <><Link to="/reports">去填报</Link>　<Link to="/reviews">去审核</Link></>
