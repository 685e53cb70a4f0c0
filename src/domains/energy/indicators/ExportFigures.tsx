import { DownloadOutlined } from '@ant-design/icons'
import { App, Button } from 'antd'
import { useState } from 'react'
import type { Operation } from '../../../kernel/contract/contract.rules.ts'
import { download } from '../../../kernel/ui/files.web.ts'
import { useProblem } from '../../../kernel/ui/problems.tsx'
import { exportIndicators } from './indicators.contract.ts'

interface Props {
  input: Record<string, unknown>
  operation?: Operation<any, any>
  label?: string
  small?: boolean
}
/** The figures that are shown, as a workbook (or the district's page as a PDF). */
export function ExportFigures({ input, operation = exportIndicators, label = '导出 xlsx', small }: Props) {
  const [busy, setBusy] = useState(false)
  const { message } = App.useApp()
  const say = useProblem()
  const go = async () => {
    setBusy(true)
    try {
      message.success(`已导出“${await download(operation, input)}”`)
    } catch (error) {
      say(error)
    } finally {
      setBusy(false)
    }
  }
  return <Button size={small ? 'small' : undefined} icon={<DownloadOutlined aria-hidden />} loading={busy} onClick={() => void go()}>{label}</Button>
}
