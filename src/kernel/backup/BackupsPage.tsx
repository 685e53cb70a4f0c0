/** Backups for the operator: is everything in order, what can be restored, what was done; and how to bring it back. */
import { Alert, App, Button, Progress, Table, Tag } from 'antd'
import { useState } from 'react'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useProblem } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { ScrollBox } from '../ui/ScrollBox.tsx'
import { EmptyState, Loaded, StaleNotice } from '../ui/states.tsx'
import { instantText, NONE } from '../ui/text.web.ts'
import { backupState, KINDS, runBackup, STATES, type BackupRow, type RunRow } from './backup.contract.ts'
import { PlanDialog } from './PlanDialog.tsx'
import { agoText, lengthText, REASONS, sizeText, STATE_COLOURS } from './backup-words.web.ts'
import './backup.css'

export default function BackupsPage() {
  const { message } = App.useApp()
  const say = useProblem()
  const [planning, setPlanning] = useState(false)
  const state = useCall(backupState, {}, { staleTime: 0, refetchInterval: (q) => (q.state.data?.runs.some((r) => r.state === 'asked' || r.state === 'running') ? 1500 : 30_000) })
  const run = useAct(runBackup, { changes: ['backup.state', 'backup.alarms'], onProblem: say, onDone: (r) => message.success(`${KINDS[r.kind]}已开始，可以离开本页`) })
  const going = state.data?.runs.find((r) => r.state === 'asked' || r.state === 'running')
  const last = state.data?.backups.find((b) => b.readable)
  return (
    <>
      <PageHeader title="备份" note="每天自动备份一次，其间的每一分钟也都留存，可以恢复到任一时刻。恢复用命令进行，写入新的数据目录，不会覆盖正在使用的数据。"
        actions={
          <>
            <Button disabled={!last || !!going} onClick={() => run.mutate({ kind: 'verify' })}>校验全部备份</Button>
            <Button type="primary" disabled={!!going} loading={run.isPending} onClick={() => run.mutate({ kind: 'backup' })}>立即备份</Button>
          </>
        } />
      <StaleNotice of={state} />
      <Loaded of={state}>
        {(data) => (
          <div className="backups">
            {data.alarms.map((a) => <Alert key={a.message} type={a.level} showIcon title={a.message} role={a.level === 'error' ? 'alert' : undefined} />)}
            {!data.alarms.some((a) => a.level === 'error') && last && <Alert type="success" showIcon title={`备份正常。最近一次：${agoText(last.startedAt!)}；最晚可以恢复到 ${instantText(data.backups.find((b) => b.until)?.until)}。`} />}
            {going && (
              <section className="panel" aria-live="polite">
                <h2>{going.state === 'asked' ? `${KINDS[going.kind]}即将开始` : `正在${KINDS[going.kind]}`}</h2>
                <Progress percent={going.total ? Math.floor((going.done / going.total) * 100) : 0} status="active" aria-label="进度" />
                <p className="muted">{going.total ? `${sizeText(going.done)} / ${sizeText(going.total)}。` : ''}平台可以照常使用。</p>
              </section>
            )}
            <section className="panel">
              <div className="panel-head"><h2 className="panel-title">概况</h2><Button size="small" onClick={() => setPlanning(true)}>修改计划</Button></div>
              <dl className="backup-facts">
                <div><dt>最近一次成功</dt><dd>{last ? `${instantText(last.startedAt)}（${agoText(last.startedAt!)}）` : NONE}</dd></div>
                <div><dt>大小 / 用时</dt><dd>{last ? `${sizeText(last.stored)} / ${lengthText(last.seconds)}` : NONE}</dd></div>
                <div><dt>下一次</dt><dd>{instantText(data.next)}，每天 {data.plan.dailyAt}</dd></div>
                <div><dt>保留</dt><dd>最近 {data.plan.keep} 份，及其间的日志</dd></div>
                <div><dt>日志归档</dt><dd>{data.log ? <LogText log={data.log} /> : '由您自己的数据库负责'}</dd></div>
                <div><dt>磁盘剩余</dt><dd>{sizeText(data.freeBytes)}</dd></div>
                <div className="is-long"><dt>备份目录</dt><dd><code>{data.place}</code></dd></div>
                <div className="is-long"><dt>密钥文件</dt><dd><code>{data.keyFile}</code>{data.keyId && <span className="muted">　编号 {data.keyId}</span>}<p>没有它，谁也不能恢复备份。请把它复制到别的地方保管，不要和备份放在一起。</p></dd></div>
              </dl>
            </section>
            <section className="panel">
              <h2>已有备份</h2>
              {data.backups.length === 0 ? <EmptyState title="还没有备份" hint="点“立即备份”做第一份，大约需要几分钟；平台可以照常使用。" /> : <Backups rows={data.backups} />}
            </section>
            <section className="panel">
              <h2>怎样恢复</h2>
              <p>在服务器上执行下面的命令，时间按北京时间填写；完成后用新的数据目录启动平台。也可以在另一台服务器上执行，平台就搬到了那里。</p>
              <pre className="backup-command">{`npm run -s gongxie -- restore --from ${data.place} --data-dir 新的数据目录 --key-file ${data.keyFile} --to-time "2026-01-31 09:30:00"`}</pre>
            </section>
            <section className="panel">
              <h2>执行记录</h2>
              {data.runs.length === 0 ? <EmptyState title="还没有执行记录" hint="自动备份、立即备份和校验都会记在这里。" /> : <Runs rows={data.runs} />}
            </section>
            {planning && <PlanDialog plan={data.plan} onClose={() => setPlanning(false)} />}
          </div>
        )}
      </Loaded>
    </>
  )
}

function LogText({ log }: { log: { archivedAt: string | null; failed: number; failedAt: string | null; waiting: number } }) {
  return <>{log.archivedAt ? agoText(log.archivedAt) : '还没有归档'}，待存 {log.waiting} 段{log.failed > 0 && <span className="muted">，曾失败 {log.failed} 次（最近 {instantText(log.failedAt)}）</span>}</>
}

function Backups({ rows }: { rows: readonly BackupRow[] }) {
  return (
    <ScrollBox label="已有备份">
      <Table<BackupRow> size="small" rowKey="id" pagination={rows.length > 20 && { pageSize: 20 }} dataSource={[...rows]} columns={[
        { title: '编号', dataIndex: 'id', className: 'nowrap', render: (id: string, b) => <>{id}{!b.readable && <Tag color="error">清单损坏</Tag>}{!!b.damaged && <Tag color="error">{b.damaged} 个坏页</Tag>}</> },
        { title: '可以恢复到', className: 'nowrap', render: (_, b) => !b.from ? NONE : b.kind === 'files' ? '只有平台的文件' : b.from === b.until ? instantText(b.from) : `${instantText(b.from)} 至 ${instantText(b.until)}` },
        { title: '方式', className: 'nowrap', render: (_, b) => (b.reason ? (REASONS[b.reason] ?? b.reason) : NONE) },
        { title: '大小', className: 'number', align: 'right', render: (_, b) => sizeText(b.stored) },
        { title: '原始数据', className: 'number', align: 'right', render: (_, b) => sizeText(b.bytes) },
        { title: '用时', className: 'number', align: 'right', render: (_, b) => lengthText(b.seconds) },
        { title: '密钥编号', className: 'code', render: (_, b) => b.keyId ?? NONE },
        { title: '平台版本', className: 'code', render: (_, b) => b.version ?? NONE },
      ]} />
    </ScrollBox>
  )
}

function Runs({ rows }: { rows: readonly RunRow[] }) {
  return (
    <ScrollBox label="执行记录">
      <Table<RunRow> size="small" rowKey="id" pagination={false} dataSource={[...rows]} columns={[
        { title: '时间', className: 'nowrap', render: (_, r) => instantText(r.startedAt ?? r.askedAt) },
        { title: '内容', className: 'nowrap', render: (_, r) => `${r.reason === 'scheduled' ? '自动' : ''}${KINDS[r.kind]}` },
        { title: '发起人', dataIndex: 'askedBy', className: 'nowrap' },
        { title: '状态', className: 'nowrap', render: (_, r) => <Tag color={STATE_COLOURS[r.state]}>{STATES[r.state]}</Tag> },
        { title: '用时', className: 'number', align: 'right', render: (_, r) => (r.startedAt && r.endedAt ? lengthText((Date.parse(r.endedAt) - Date.parse(r.startedAt)) / 1000) : NONE) },
        { title: '大小', className: 'number', align: 'right', render: (_, r) => sizeText(r.size) },
        { title: '说明', render: (_, r) => <span className="backup-problem">{r.problem ?? (r.backup ? `备份 ${r.backup}` : NONE)}</span> },
      ]} />
    </ScrollBox>
  )
}
