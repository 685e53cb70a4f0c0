/** The decision: everything or only what is right; figures may be handed in at once. */
import { Alert, Button, Checkbox, Input, Radio } from 'antd'
import { useState } from 'react'
import { useProblem } from '../ui/problems.tsx'
import { useAct } from '../ui/queries.web.ts'
import { useSession } from '../ui/session.tsx'
import { applyImport, type ImportBatch } from './import.contract.ts'

export function AcceptPart({ batch }: { batch: ImportBatch }) {
  const { may } = useSession()
  const c = batch.counts
  const wrong = c.error ?? 0
  const right = (c.create ?? 0) + (c.update ?? 0)
  const [accept, setAccept] = useState<'all' | 'valid'>('all')
  const [submit, setSubmit] = useState(false)
  const [reason, setReason] = useState('')
  const say = useProblem()
  const act = useAct(applyImport, { changes: ['import.get', 'import.list'], onProblem: say })
  if (right === 0) return <Alert className="import-part" type={wrong ? 'warning' : 'info'} showIcon title={wrong ? `${c.unchanged ? `${c.unchanged} 行与平台一致，${wrong} 行有错误，` : ''}没有一行可以写入。请按下面的提示改正，或下载错误文件改好再导入。` : '文件里的内容与平台一致，没有需要写入的。'} />
  const figures = batch.target !== 'institutions' && batch.target !== 'people'
  return (
    <section className="panel import-part">
      <h2>确认写入</h2>
      <p>检查完成：将新增 <b>{c.create ?? 0}</b> 行，更新 <b>{c.update ?? 0}</b> 行{wrong ? <>，<b className="is-late">{wrong} 行有错误</b></> : '，没有错误'}。</p>
      {wrong > 0 && (
        <Radio.Group className="accept" value={accept} onChange={(e) => setAccept(e.target.value)} options={[
          { value: 'all', label: '全部正确才导入（先改正错误，再重新上传）' }, { value: 'valid', label: `只导入正确的 ${right} 行，有错误的不导入` },
        ]} />
      )}
      {figures && may('report.submit') && <Checkbox checked={submit} onChange={(e) => setSubmit(e.target.checked)}>写入后直接提交报表（有必须改正的错误的，标记为不计入汇总；异常没有说明原因的，由审核人查问）</Checkbox>}
      <div className="accept-acts">
        <Input value={reason} maxLength={500} placeholder="说明（可不填），如：2025 年度区县汇总表" aria-label="导入说明" onChange={(e) => setReason(e.target.value)} />
        <Button type="primary" loading={act.isPending} disabled={wrong > 0 && accept === 'all'} onClick={() => act.mutate({ id: batch.id, accept: wrong ? accept : 'all', submit, reason: reason.trim() || undefined })}>写入 {right} 行</Button>
      </div>
    </section>
  )
}
