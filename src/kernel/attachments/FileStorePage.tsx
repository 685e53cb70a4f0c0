/** The system administrator's view of the attachments: where they lie, how much, what went wrong. No file is named. */
import { App, Alert, Button, Form, Input, Modal, Table, Tag } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../contract/contract.rules.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useFocusBack } from '../ui/focus-back.web.ts'
import { useProblem, useProblemInForm } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { EmptyState, Loaded, StaleNotice } from '../ui/states.tsx'
import { decimalText, instantText } from '../ui/text.web.ts'
import { fileStoreState, INCIDENTS, keepFiles, setFileLimit, settleIncident } from './attachment.contract.ts'
import { SCANS, sizeText } from './kinds.rules.ts'
import './attachments.css'

type State = OutputOf<typeof fileStoreState>
type Incident = State['incidents'][number]
type Limit = State['limits'][number]
const ROUND: Record<string, string> = {
  swept: '清理未传完的文件', halfImports: '标记中断的导入', lostRecords: '所属记录已删除', expired: '保管期满', dropped: '删除不再引用的内容', orphans: '删除无登记的文件', missing: '丢失', scanned: '查毒', infected: '查出病毒', unreached: '查毒未应答',
}

export default function FileStorePage() {
  const state = useCall(fileStoreState, {}, { refetchInterval: 30_000 })
  const { message } = App.useApp()
  const say = useProblem()
  const keep = useAct(keepFiles, { onDone: () => void message.success('已安排检查，稍后刷新可见结果。'), onProblem: say })
  const [settling, setSettling] = useState<Incident>()
  const [limit, setLimit] = useState<Limit>()
  return (
    <>
      <PageHeader title="附件存储" note="附件的内容与登记分开保存，按 SM3 逐次核对。这里只见数量和事件，不见文件名。" actions={<Button loading={keep.isPending} onClick={() => keep.mutate({})}>立即检查</Button>} />
      <StaleNotice of={state} />
      <Loaded of={state}>
        {(s) => (
          <>
            {!s.antivirus.address && <Alert className="store-part" type="info" showIcon title="没有接入查毒程序，附件标为“未查毒”。" description="安装 clamd 后，用环境变量 GONGXIE_CLAMD 指明它的地址并重新启动；以前存的附件会补查。" />}
            {s.antivirus.problem && <Alert className="store-part" type="error" showIcon title="查毒程序没有应答，新上传的附件在查毒之前不能下载。" description={`${s.antivirus.address}：${s.antivirus.problem}`} />}
            {s.elsewhere > 0 && <Alert className="store-part" type="warning" showIcon title={`有 ${s.elsewhere} 个文件登记在别处，本服务器取不到。`} description="几台服务器共用一个数据库时，请让它们使用同一个数据文件夹，或都用 GONGXIE_FILES 指向同一个对象存储。" />}
            <section className="panel store-part" aria-label="存储情况">
              <dl className="store-facts">
                <div><dt>存放在</dt><dd>{s.place.startsWith('s3:') ? `对象存储 ${s.place.slice(3)}` : `数据文件夹（编号 ${s.place.slice(7)}）`}</dd></div>
                <div><dt>附件</dt><dd>{decimalText(s.attachments)} 个，另有已移除 {decimalText(s.removed)} 个</dd></div>
                <div><dt>内容（相同的只存一份）</dt><dd>{decimalText(s.contents)} 份，{sizeText(s.bytes)}</dd></div>
                <div><dt>查毒</dt><dd>{(Object.keys(SCANS) as (keyof typeof SCANS)[]).filter((k) => s.scans[k] > 0).map((k) => <span key={k} className={k === 'infected' ? 'is-wrong' : undefined}>{SCANS[k]} {s.scans[k]}　</span>)}{s.contents === 0 && '—'}</dd></div>
                <div><dt>查毒程序</dt><dd>{s.antivirus.version ?? (s.antivirus.address ? '没有应答' : '没有接入')}</dd></div>
                <div><dt>上次检查</dt><dd>{s.round ? <>{instantText(s.round.at)}，用时 {Math.max(1, Math.round(s.round.tookMs / 1000))} 秒<br />{Object.entries(s.round.result).filter(([, n]) => n > 0).map(([k, n]) => `${ROUND[k] ?? k} ${n}`).join('，') || '没有需要处理的'}</> : '还没有检查过（每小时一次）'}</dd></div>
              </dl>
            </section>
            <section className="panel store-part" aria-labelledby="incidents">
              <h2 id="incidents">事件</h2>
              {s.incidents.length === 0 ? <EmptyState title="没有事件" hint="文件损坏、丢失或查出病毒时会记在这里。" /> : (
                <ScrollBox label="事件清单">
                  <Table<Incident> size="small" rowKey="id" pagination={false} dataSource={s.incidents} columns={[
                    { title: '发现于', dataIndex: 'at', render: (at: string) => <span className="nowrap">{instantText(at)}</span> },
                    { title: '事件', dataIndex: 'kind', render: (k: Incident['kind']) => <Tag color={k === 'infected' ? 'error' : 'warning'} variant="filled">{INCIDENTS[k]}</Tag> },
                    { title: '情况', dataIndex: 'detail', render: (detail: string, i) => <>{detail}<br /><code className="muted">{i.storedName}</code></> },
                    { title: '处理', render: (_, i) => (i.settledAt ? <span>{i.settledByName} {instantText(i.settledAt)}<br />{i.settledNote}</span> : <Button size="small" aria-label={`处理第 ${i.id} 号事件`} onClick={() => setSettling(i)}>处理</Button>) },
                  ]} />
                </ScrollBox>
              )}
            </section>
            <section className="panel store-part" aria-labelledby="limits">
              <h2 id="limits">限额与保管</h2>
              <ScrollBox label="限额清单">
                <Table<Limit> size="small" rowKey="id" pagination={false} dataSource={s.limits} columns={[
                  { title: '项目', dataIndex: 'label' },
                  { title: '数值', render: (_, l) => <span className="nowrap">{decimalText(l.value)} {l.unit}{l.unsure && <> <Tag color="warning" variant="filled">待核</Tag></>}</span> },
                  { title: '来源', dataIndex: 'source' },
                  { title: <span className="visually-hidden">操作</span>, render: (_, l) => <Button size="small" aria-label={`修改${l.label}`} onClick={() => setLimit(l)}>修改</Button> },
                ]} />
              </ScrollBox>
            </section>
            {settling && <SettleDialog incident={settling} onClose={() => setSettling(undefined)} />}
            {limit && <LimitDialog limit={limit} onClose={() => setLimit(undefined)} />}
          </>
        )}
      </Loaded>
    </>
  )
}

function SettleDialog({ incident, onClose }: { incident: Incident; onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<{ note: string }>()
  const act = useAct(settleIncident, { changes: [fileStoreState.id], onDone: onClose, onProblem: useProblemInForm(form) })
  return (
    <Modal open title={`处理事件：${INCIDENTS[incident.kind]}`} okText="记为已处理" onOk={form.submit} onCancel={onClose} confirmLoading={act.isPending} width={480}>
      <p>{incident.detail}</p>
      <Form form={form} layout="vertical" onFinish={({ note }) => act.mutate({ id: incident.id, version: incident.version, note })}>
        <Form.Item name="note" label="怎样处理的" rules={[{ required: true, min: 2, message: '请写明怎样处理的' }]}><Input.TextArea rows={3} maxLength={500} autoFocus placeholder="如：已从昨日备份恢复该文件" /></Form.Item>
      </Form>
    </Modal>
  )
}

function LimitDialog({ limit, onClose }: { limit: Limit; onClose: () => void }) {
  useFocusBack()
  const [form] = Form.useForm<{ value: string; reason: string }>()
  const act = useAct(setFileLimit, { changes: [fileStoreState.id, 'attachment.list'], onDone: onClose, onProblem: useProblemInForm(form) })
  return (
    <Modal open title={limit.label} okText="保存" onOk={form.submit} onCancel={onClose} confirmLoading={act.isPending} width={480}>
      <Form form={form} layout="vertical" initialValues={{ value: limit.value, reason: '' }} onFinish={({ value, reason }) => act.mutate({ id: limit.id, version: limit.version, value: value.trim(), reason })}>
        <Form.Item name="value" label={`数值（${limit.unit}）`} rules={[{ required: true, pattern: /^\s*[1-9]\d{0,6}\s*$/, message: '请填正整数' }]}><Input inputMode="numeric" /></Form.Item>
        <Form.Item name="reason" label="修改原因" rules={[{ required: true, min: 2, message: '请写明修改原因' }]}><Input.TextArea rows={2} maxLength={500} /></Form.Item>
      </Form>
    </Modal>
  )
}
