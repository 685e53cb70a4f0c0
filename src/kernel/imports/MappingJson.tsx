/** The mapping as JSON: the same that the command line takes, to copy, keep or paste. */
import { App, Button, Input } from 'antd'
import { useState } from 'react'
import { mappingSchema, type Mapping } from './mapping.rules.ts'

export function MappingJson({ mapping, set }: { mapping: Mapping; set: (mapping: Mapping) => void }) {
  const now = JSON.stringify(mapping, null, 2)
  const [text, setText] = useState<string>()
  const [wrong, setWrong] = useState<string>()
  const { message } = App.useApp()
  const take = () => {
    try {
      const checked = mappingSchema.safeParse(JSON.parse(text ?? now))
      if (!checked.success) return setWrong(checked.error.issues.slice(0, 4).map((i) => `${i.path.join('.') || '整体'}：${i.message}`).join('；'))
      set(checked.data)
      setText(undefined)
      setWrong(undefined)
      message.success('已采用这份对照。')
    } catch {
      setWrong('这不是完整的 JSON，请检查括号、引号和逗号。')
    }
  }
  return (
    <div>
      <p className="muted">与命令行 --mapping 用的是同一种文件，可以复制保存，也可以粘贴别人给的。</p>
      <Input.TextArea aria-label="导入对照 JSON" aria-invalid={Boolean(wrong)} className="json" autoSize={{ minRows: 10, maxRows: 30 }} value={text ?? now} onChange={(e) => setText(e.target.value)} spellCheck={false} />
      {wrong && <p className="is-late" role="alert">{wrong}</p>}
      <div className="import-acts"><Button type="primary" disabled={text === undefined || text === now} onClick={take}>采用</Button><Button disabled={text === undefined} onClick={() => { setText(undefined); setWrong(undefined) }}>放弃修改</Button></div>
    </div>
  )
}
