/** Past imports, and where a new one begins. */
import { DownloadOutlined } from '@ant-design/icons'
import { Link, useNavigate } from '@tanstack/react-router'
import { App, Button, Table, Tag } from 'antd'
import { useAsked } from '../ui/address.web.ts'
import { download } from '../ui/files.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useProblem } from '../ui/problems.tsx'
import { useCall } from '../ui/queries.web.ts'
import { EmptyState, Loaded } from '../ui/states.tsx'
import { instantText } from '../ui/text.web.ts'
import { countsText, STATE_COLOURS, STATES } from './batch-words.web.ts'
import { importTargets, importTemplate, listImports } from './import.contract.ts'
import { OUTCOMES } from './target.rules.ts'
import './imports.css'

export default function ImportsPage() {
  const [asked, ask] = useAsked()
  const targets = useCall(importTargets, {}, { staleTime: 600_000 })
  const query = useCall(listImports, { before: asked.before, limit: 20 }, { staleTime: 0 })
  const { message } = App.useApp()
  const say = useProblem()
  const navigate = useNavigate()
  const template = async (target: string) => {
    try {
      message.success(`已下载“${await download(importTemplate, { target })}”`)
    } catch (error) {
      say(error)
    }
  }
  const label = (name: string) => targets.data?.targets.find((t) => t.name === name)?.label ?? '其他'
  return (
    <>
      <PageHeader title="数据导入" note="先检查、后写入：逐行报告结果，确认之后才写入，写入之后可以整批撤销。" />
      <Loaded of={targets}>
        {({ targets: all }) => (
          <div className="import-targets">
            {all.map((t) => (
              <section key={t.name} className="panel">
                <h2>{t.label}</h2>
                <div className="import-acts">
                  <Button type="primary" onClick={() => void navigate({ to: '/imports/new', search: { target: t.name } as never })}>导入文件</Button>
                  <Button icon={<DownloadOutlined aria-hidden />} onClick={() => void template(t.name)}>下载模板</Button>
                </div>
              </section>
            ))}
          </div>
        )}
      </Loaded>
      <section className="panel">
        <h2>导入记录</h2>
        <Loaded of={query}>
          {({ batches }) => batches.length === 0 ? <EmptyState title="还没有导入记录" hint="从上面选一种内容，导入第一个文件。" /> : (
            <>
              <Table size="small" rowKey="id" pagination={false} dataSource={batches} scroll={{ x: 760 }} columns={[
                { title: '文件', render: (_, b) => <Link to={`/imports/${b.id}`}>{b.fileName}</Link> },
                { title: '内容', width: 160, render: (_, b) => label(b.target) },
                { title: '状态', width: 110, render: (_, b) => <Tag color={STATE_COLOURS[b.state]}>{STATES[b.state]}</Tag> },
                { title: '结果', render: (_, b) => countsText(b.counts, OUTCOMES) },
                { title: '导入人', dataIndex: 'byName', width: 100 },
                { title: '时间', width: 150, render: (_, b) => instantText(b.at) },
              ]} />
              <div className="import-more">
                {asked.before && <Button size="small" onClick={() => ask({ before: undefined })}>回到最近</Button>}
                {batches.length === 20 && <Button size="small" onClick={() => ask({ before: String(batches.at(-1)!.id) })}>更早的</Button>}
              </div>
            </>
          )}
        </Loaded>
      </section>
    </>
  )
}
