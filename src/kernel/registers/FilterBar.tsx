/** Search, filters in words, and the drawer in which they are set. */
import { FilterOutlined } from '@ant-design/icons'
import { Button, Drawer, Input, Tag } from 'antd'
import { useEffect, useState } from 'react'
import { useNarrow } from '../ui/narrow.web.ts'
import type { Asked } from './asked.web.ts'
import { FilterField, filterText } from './FilterField.tsx'
import type { Filter } from './list.rules.ts'
import type { Register } from './register.web.ts'

/** A chip reads the names of references from their source. */
function Chip({ register, name, filter, onClose }: { register: Register; name: string; filter: Filter; onClose: () => void }) {
  const field = register.entity.fields[name]!
  const options = register.references[name]?.useOptions('').options ?? []
  return (
    <Tag closable={{ 'aria-label': `去掉“${field.label}”筛选` }} onClose={onClose} variant="filled">
      {field.label}：{filterText(field, filter, (id) => options.find((o) => o.value === id)?.label ?? `编号 ${id}`)}
    </Tag>
  )
}

export function FilterBar({ register, asked }: { register: Register; asked: Asked }) {
  const narrow = useNarrow()
  const [open, setOpen] = useState(false)
  const [text, setText] = useState(asked.q)
  useEffect(() => setText(asked.q), [asked.q])
  const { fields } = register.entity
  const filterable = Object.keys(fields).filter((n) => fields[n]!.filter)
  const active = Object.entries(asked.filters).filter(([n]) => n in fields)
  return (
    <div className="filter-bar">
      <Input.Search className="filter-search" allowClear placeholder={register.searchHint} aria-label="在名录中查找" value={text} onChange={(e) => setText(e.target.value)} onSearch={(q) => asked.ask({ q: q.trim() || undefined, filter: JSON.stringify(asked.filters) })} />
      <Button icon={<FilterOutlined aria-hidden />} onClick={() => setOpen(true)} aria-haspopup="dialog">筛选{active.length ? `（${active.length}）` : ''}</Button>
      {active.map(([n, f]) => <Chip key={`${n}${JSON.stringify(f)}`} register={register} name={n} filter={f} onClose={() => asked.setFilter(n, undefined)} />)}
      {(active.length > 1 || (asked.q && active.length > 0)) && <Button type="link" size="small" onClick={() => asked.ask({ q: undefined, filter: '{}' })}>全部清除</Button>}
      <Drawer open={open} onClose={() => setOpen(false)} title="筛选" placement={narrow ? 'bottom' : 'right'} size={narrow ? '85%' : 380}
        extra={<Button onClick={() => asked.ask({ filter: '{}' })}>清除</Button>} footer={<Button type="primary" block onClick={() => setOpen(false)}>查看结果</Button>}>
        <div className="filter-list">
          {filterable.map((n) => (
            <div key={n} role="group" aria-label={fields[n]!.label}>
              <div className="filter-label">{fields[n]!.label}</div>
              <FilterField field={fields[n]!} filter={asked.filters[n]} source={register.references[n]} onChange={(f) => asked.setFilter(n, f)} />
            </div>
          ))}
        </div>
      </Drawer>
    </div>
  )
}
