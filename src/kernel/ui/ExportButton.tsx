import { DownloadOutlined } from '@ant-design/icons'
import { App, Button, Dropdown } from 'antd'
import { useState } from 'react'
import type { Operation } from '../contract/contract.rules.ts'
import { download } from './files.web.ts'
import { useProblem } from './problems.tsx'

const FORMATS = { xlsx: 'Excel 工作簿（xlsx）', csv: '文本表格（csv）' }

interface Props {
  operation: Operation<any, any>
  /** What is shown: the same filter, order and columns go out. */
  input: Record<string, unknown>
  label?: string
}

/** Exports what the page shows, in the format that is asked for. */
export function ExportButton({ operation, input, label = '导出' }: Props) {
  const [busy, setBusy] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const go = async (format: string) => {
    setBusy(true)
    try {
      message.success(`已导出“${await download(operation, { ...input, format })}”`)
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <Dropdown trigger={['click']} menu={{ items: Object.entries(FORMATS).map(([key, text]) => ({ key, label: text })), onClick: ({ key }) => void go(key) }}>
      <Button icon={<DownloadOutlined aria-hidden />} loading={busy}>{label}</Button>
    </Dropdown>
  )
}
