/** Mappings saved by name, shared within the office. */
import { DeleteOutlined } from '@ant-design/icons'
import { App, Button, Input, Popconfirm, Popover, Select } from 'antd'
import { useState } from 'react'
import type { OutputOf } from '../contract/contract.rules.ts'
import { useProblem } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { instantText } from '../ui/text.web.ts'
import { listMappings, removeMapping, saveMapping } from './import.contract.ts'
import { adopted } from './mapping-edit.web.ts'
import type { Mapping } from './mapping.rules.ts'

type Saved = OutputOf<typeof listMappings>['mappings'][number]

export function SavedMappings({ target, mapping, set }: { target: string; mapping: Mapping; set: (mapping: Mapping) => void }) {
  const saved = useCall(listMappings, { target })
  const [open, setOpen] = useState(false)
  const all = saved.data?.mappings ?? []
  return (
    <>
      {all.length > 0 && (
        <Select aria-label="选用已存的对照" placeholder="选用已存的对照" value={null} style={{ width: 200 }} options={all.map((m) => ({ value: m.id, label: `${m.name}（${m.byName}）` }))}
          onChange={(id) => {
            const found = all.find((m) => m.id === id)
            if (found) set(adopted(found.mapping, mapping))
          }} />
      )}
      <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomLeft" title="保存这份对照" content={<SaveMapping target={target} mapping={mapping} own={all.filter((m) => m.own)} onRefused={() => void saved.refetch()} onSaved={() => setOpen(false)} />}>
        <Button>保存对照</Button>
      </Popover>
    </>
  )
}

function SaveMapping({ target, mapping, own, onRefused, onSaved }: { target: string; mapping: Mapping; own: readonly Saved[]; onRefused: () => void; onSaved: () => void }) {
  const [name, setName] = useState('')
  const { message } = App.useApp()
  const say = useProblem()
  const save = useAct(saveMapping, {
    changes: ['import.mappings'],
    // A colleague may have taken the name meanwhile: then the button says so.
    onProblem: (problem) => {
      say(problem)
      onRefused()
    },
    onDone: () => {
      message.success('对照已保存，下次可以直接选用。')
      onSaved()
    },
  })
  const remove = useAct(removeMapping, { changes: ['import.mappings'], onProblem: say, onDone: (gone) => void message.success(`已删除对照“${gone.name}”。`) })
  const wanted = name.trim()
  const same = own.find((m) => m.name === wanted)
  const keep = () => wanted && save.mutate({ target, name: wanted, mapping, replace: !!same })
  return (
    <div className="save-mapping">
      <div className="import-tools">
        <Input autoFocus value={name} maxLength={60} placeholder="如：区财政局能耗表" aria-label="对照的名字" aria-describedby={same ? 'same-mapping' : undefined} onChange={(e) => setName(e.target.value)} onPressEnter={() => !same && keep()} />
        <Button type="primary" danger={!!same} loading={save.isPending} disabled={!wanted} onClick={keep}>{same ? '覆盖' : '保存'}</Button>
      </div>
      {same && <p id="same-mapping" role="status">已有这个名字的对照（{same.byName} {instantText(same.at)} 保存），覆盖后原来的内容不再保留。</p>}
      {own.length > 0 && (
        <ul aria-label="本单位已存的对照">
          {own.map((m) => (
            <li key={m.id}>
              <span>{m.name} <span className="muted">{m.byName} {instantText(m.at)}</span></span>
              <Popconfirm title={`删除对照“${m.name}”？`} description="已经完成的导入不受影响。" okText="删除" cancelText="保留" onConfirm={() => remove.mutate({ id: m.id })}>
                <Button type="text" size="small" icon={<DeleteOutlined />} aria-label={`删除对照${m.name}`} />
              </Popconfirm>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
