/** The state of the chain: sealed how far, anchored how far, verified when and with what result. */
import { Alert, Button, Form, Input, Table, Tag } from 'antd'
import { useState } from 'react'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useProblemInForm } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { EmptyState, Loaded, StaleNotice } from '../ui/states.tsx'
import { decimalText, NONE } from '../ui/text.web.ts'
import { chainState, verifyChain, type Verification } from './audit.contract.ts'
import { VERDICTS, WHY } from './words.rules.ts'
import { secondText } from './words.web.ts'
import '../registers/registers.css'
import './audit.css'

const COLOURS = { waiting: 'default', running: 'processing', intact: 'success', broken: 'error', failed: 'warning' } as const
const LATE_MS = 60_000

export default function ChainPage() {
  const [busy, setBusy] = useState(false)
  const state = useCall(chainState, {}, { refetchInterval: busy ? 1000 : 15_000 })
  const running = state.data?.verifications.some((v) => v.state === 'waiting' || v.state === 'running') ?? false
  if (running !== busy) setBusy(running)
  return (
    <>
      <PageHeader title="审计链" note="每条审计记录在办理后一秒内封存：编号连续，前后相扣（HMAC-SM3，密钥在数据库之外）。改动、删除、插入、调换任何一条，校验都会指出编号。" />
      <StaleNotice of={state} />
      <Loaded of={state}>
        {(s) => {
          const late = s.oldestWaiting !== null && Date.now() - Date.parse(s.oldestWaiting) > LATE_MS
          const last = s.verifications.find((v) => v.state === 'intact' || v.state === 'broken')
          return (
            <div className="audit-parts">
              {last?.state === 'broken' && <Alert type="error" showIcon title={`最近一次校验不完整：第一个有问题的编号是 ${last.firstBad ?? NONE}`} description="请保留现场，不要重启或清理，先复制锚点文件和数据库备份，再通知安全管理员。" />}
              {late && <Alert type="warning" showIcon title={`有 ${decimalText(s.waiting)} 条记录等待封存超过一分钟`} description="平台的封存程序可能停了，或缺少密钥文件。请系统管理员查看日志中的 audit 一行。" />}
              <section className="panel">
                <h2>现在</h2>
                <dl className="record-facts">
                  <div><dt>已封存到</dt><dd>{s.head ? <><span className="code">{decimalText(s.head.seq)}</span> 号</> : NONE}</dd></div>
                  <div><dt>等待封存</dt><dd>{decimalText(s.waiting)} 条</dd></div>
                  <div><dt>已锚定到</dt><dd>{s.anchored ? `${decimalText(s.anchored.seq)} 号，${secondText(s.anchored.at)}` : '还没有'}</dd></div>
                  <div><dt>当前密钥</dt><dd>{s.head ? `第 ${s.head.key} 号` : NONE}</dd></div>
                  <div className="is-long"><dt>锚点文件夹（应另存一份到别处）</dt><dd><code>{s.anchored?.to ?? NONE}</code></dd></div>
                  {s.head && <div className="is-long"><dt>链首封存值</dt><dd><code>{s.head.hash}</code></dd></div>}
                </dl>
              </section>
              <section className="panel">
                <h2>校验</h2>
                <Ask head={s.head?.seq ?? 0} />
                {s.verifications.length === 0 ? <EmptyState title="还没有校验过" hint="建议每月校验一次全部；校验在后台进行，不影响办理。" /> : (
                  <ScrollBox label="校验结果">
                    <Table<Verification> size="small" className="audit-lines" rowKey="id" pagination={false} dataSource={s.verifications}
                      expandable={{ columnTitle: '详情', rowExpandable: (v) => v.findings.length > 0, expandedRowRender: (v) => <ul>{v.findings.slice(0, 20).map((f) => <li key={`${f.seq} ${f.why}`}><span className="code">{f.seq}</span>　{WHY[f.why] ?? f.why}　<span className="muted">{f.message}</span></li>)}</ul> }}
                      columns={[
                        { title: '提出', dataIndex: 'askedAt', render: (at: string) => <span className="nowrap">{secondText(at)}</span> },
                        { title: '提出人', dataIndex: 'askedBy' },
                        { title: '范围', key: 'range', render: (_, v) => (v.fromSeq || v.toSeq ? `${v.fromSeq ?? 1} – ${v.toSeq ?? '最后'}` : '全部') },
                        { title: '结果', dataIndex: 'state', render: (state: keyof typeof VERDICTS) => <Tag color={COLOURS[state]}>{VERDICTS[state]}</Tag> },
                        { title: '已核对', dataIndex: 'checked', align: 'right', render: (n: number) => decimalText(n) },
                        { title: '首个问题编号', dataIndex: 'firstBad', align: 'right', render: (n: number | null) => n ?? NONE },
                        { title: '结束', dataIndex: 'endedAt', render: (at: string | null) => (at ? <span className="nowrap">{secondText(at)}</span> : NONE) },
                      ]} />
                  </ScrollBox>
                )}
              </section>
              <section className="panel">
                <h2>归档</h2>
                {s.archives.length === 0 ? <p className="muted">还没有归档。审计记录在线保存至少六个月；更早的月份由系统管理员用命令行归档成签名文件。</p> : (
                  <ScrollBox label="归档">
                    <Table size="small" className="audit-lines" rowKey="month" pagination={false} dataSource={s.archives} columns={[
                      { title: '月份', dataIndex: 'month' }, { title: '编号', key: 'range', render: (_, a) => `${a.firstSeq} – ${a.lastSeq}` }, { title: '条数', dataIndex: 'entries', align: 'right', render: (n: number) => decimalText(n) },
                      { title: '文件', dataIndex: 'file' }, { title: '归档时间', dataIndex: 'at', render: (at: string) => secondText(at) },
                    ]} />
                  </ScrollBox>
                )}
              </section>
            </div>
          )
        }}
      </Loaded>
    </>
  )
}

function Ask({ head }: { head: number }) {
  const [form] = Form.useForm<{ from?: string; to?: string }>()
  const act = useAct(verifyChain, { changes: ['audit.chain'], onProblem: useProblemInForm(form) })
  const number = (text: string | undefined) => (text?.trim() ? Number(text) : undefined)
  const rules = [{ pattern: /^\s*([1-9]\d{0,14})?\s*$/, message: '请填编号' }]
  return (
    <Form form={form} layout="inline" style={{ marginBlockEnd: 16, rowGap: 8 }} onFinish={(v) => act.mutate({ from: number(v.from), to: number(v.to) })}>
      <Form.Item name="from" label="从编号" rules={rules}><Input style={{ width: 130 }} inputMode="numeric" placeholder="1" /></Form.Item>
      <Form.Item name="to" label="到编号" rules={rules}><Input style={{ width: 130 }} inputMode="numeric" placeholder={head ? String(head) : '最后'} /></Form.Item>
      <Button type="primary" htmlType="submit" loading={act.isPending} disabled={head === 0}>校验</Button>
    </Form>
  )
}
