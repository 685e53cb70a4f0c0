/** Mappings saved by name, shared within the office. */
import { App, Button, Input, Popover, Select } from 'antd'
import { useState } from 'react'
import { useProblem } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import { listMappings, saveMapping } from './import.contract.ts'
import { adopted } from './mapping-edit.web.ts'
import type { Mapping } from './mapping.rules.ts'

export function SavedMappings({ target, mapping, set }: { target: string; mapping: Mapping; set: (mapping: Mapping) => void }) {
  const saved = useCall(listMappings, { target })
  const [open, setOpen] = useState(false)
  const [name, setName] = useState('')
  const { message } = App.useApp()
  const say = useProblem()
  const act = useAct(saveMapping, {
    changes: ['import.mappings'], onProblem: say,
    onDone: () => {
      message.success('对照已保存，下次可以直接选用。')
      setOpen(false)
    },
  })
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
      <Popover open={open} onOpenChange={setOpen} trigger="click" placement="bottomLeft" title="保存这份对照"
        content={<div className="import-tools"><Input autoFocus value={name} maxLength={60} placeholder="如：区财政局能耗表" aria-label="对照的名字" onChange={(e) => setName(e.target.value)} onPressEnter={() => name.trim() && act.mutate({ target, name: name.trim(), mapping })} /><Button type="primary" loading={act.isPending} disabled={!name.trim()} onClick={() => act.mutate({ target, name: name.trim(), mapping })}>保存</Button></div>}>
        <Button>保存对照</Button>
      </Popover>
    </>
  )
}
