import { Button, Checkbox, Popover } from 'antd'
import type { Asked } from './asked.web.ts'
import type { Register } from './register.web.ts'

/** Which columns the list shows and the export carries; the order is the entity's. */
export function ColumnChooser({ register, asked }: { register: Register; asked: Asked }) {
  const { fields } = register.entity
  const names = Object.keys(fields)
  const choose = (chosen: string[]) => asked.ask({ columns: names.filter((n) => n === register.nameField || chosen.includes(n)).join(',') })
  return (
    <Popover trigger="click" placement="bottomRight" title="显示的列" content={
      <div className="column-list">
        <Checkbox.Group value={asked.columns} onChange={choose} options={names.map((n) => ({ value: n, label: fields[n]!.label, disabled: n === register.nameField }))} />
        <Button type="link" size="small" onClick={() => asked.ask({ columns: undefined })}>恢复默认</Button>
      </div>
    }>
      <Button>列</Button>
    </Popover>
  )
}
