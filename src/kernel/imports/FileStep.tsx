/** The file is chosen or dropped; we look into it and say how we would read it. */
import { Alert, Progress } from 'antd'
import { useId, useState, type DragEvent } from 'react'

const MOST = 64 * 1024 * 1024

export function FileStep({ take, part, wrong, say }: { take: (file: File) => void; part: number | null; wrong: string | null; say: (wrong: string) => void }) {
  const [over, setOver] = useState(false)
  const id = useId()
  const choose = (file: File | undefined) => {
    if (!file) return
    if (!/\.(xlsx|csv|txt)$/i.test(file.name)) return say(/\.xls$/i.test(file.name) ? '旧版 .xls 文件不能直接读，请在 Excel 里另存为 .xlsx 再导入。' : '只能导入 Excel 工作簿（.xlsx）或文本表格（.csv）。')
    if (file.size > MOST) return say('文件超过 64 MB，请拆分后再导入。')
    take(file)
  }
  const drop = (e: DragEvent) => {
    e.preventDefault()
    setOver(false)
    choose(e.dataTransfer.files[0])
  }
  return (
    <>
      {wrong && part === null && <Alert className="import-part" type="error" showIcon role="alert" title={wrong} />}
      <div className={`drop${over ? ' is-over' : ''}`} onDragOver={(e) => { e.preventDefault(); setOver(true) }} onDragLeave={() => setOver(false)} onDrop={drop}>
        {part !== null ? <Progress percent={Math.round(part * 100)} aria-label="上传进度" /> : (
          <>
            <input id={id} type="file" accept=".xlsx,.csv,.txt" className="visually-hidden" onChange={(e) => { choose(e.target.files?.[0]); e.target.value = '' }} />
            <label htmlFor={id} className="drop-choose">选择文件</label>
            <p className="muted">或把文件拖到这里。支持 Excel 工作簿（.xlsx）和文本表格（.csv，UTF-8 或 GBK），不超过 64 MB。选择文件只是识别，不会写入任何内容。</p>
          </>
        )}
      </div>
    </>
  )
}
