/** Views of everybody (presets) and one's own: names for a filter, an order and a set of columns. */
import { App, Button, Dropdown, Input, type MenuProps } from 'antd'
import { useState } from 'react'
import { useProblem } from '../ui/problems.tsx'
import { useAct, useCall } from '../ui/queries.web.ts'
import type { Asked } from './asked.web.ts'
import type { Register } from './register.web.ts'
import { deleteView, listViews, saveView } from './views.contract.ts'

const same = (a: Record<string, string>, b: Record<string, string>): boolean => {
  const text = (o: Record<string, string>) => JSON.stringify(Object.entries(o).filter(([, v]) => v && v !== '{}').sort())
  return text(a) === text(b)
}

export function SavedViews({ register, asked }: { register: Register; asked: Asked }) {
  const { modal, message } = App.useApp()
  const [saving, setSaving] = useState(false)
  const onProblem = useProblem()
  const views = useCall(listViews, { page: register.path }, { staleTime: Infinity })
  const save = useAct(saveView, { changes: [listViews.id], onDone: (v) => void message.success(`已保存视图“${v.name}”`), onProblem })
  const remove = useAct(deleteView, { changes: [listViews.id], onDone: () => void message.success('已删除视图'), onProblem })
  const own = views.data?.views ?? []
  const current = [...register.presets, ...own].find((v) => same(v.query, asked.query))
  const show = (query: Record<string, string>) => asked.ask({ q: undefined, filter: '{}', sort: undefined, columns: undefined, ...query })

  const askName = () => {
    let name = current && own.some((v) => v.name === current.name) ? current.name : ''
    modal.confirm({
      icon: null, title: '保存为我的视图', okText: '保存', width: 420,
      content: <Input aria-label="视图名称" placeholder="如：渝中区的学校，按面积" maxLength={40} defaultValue={name} autoFocus onChange={(e) => (name = e.target.value)} />,
      onOk: async () => {
        if (!name.trim()) throw new Error('name')
        setSaving(true)
        await save.mutateAsync({ page: register.path, name, query: asked.query }).finally(() => setSaving(false))
      },
    })
  }
  const items: MenuProps['items'] = [
    ...register.presets.map((v) => ({ key: `preset-${v.name}`, label: v.name, onClick: () => show(v.query) })),
    ...(own.length ? [{ type: 'divider' as const }, ...own.map((v) => ({ key: `own-${v.id}`, label: v.name, onClick: () => show(v.query) }))] : []),
    { type: 'divider' },
    { key: 'save', label: '把现在的筛选、排序和列保存为视图…', onClick: askName },
    ...(current && 'id' in current ? [{ key: 'delete', danger: true, label: `删除视图“${current.name}”`, onClick: () => remove.mutate({ id: current.id }) }] : []),
  ]
  return (
    <Dropdown trigger={['click']} menu={{ items }}>
      <Button loading={saving}>视图：{current?.name ?? '自定义'}</Button>
    </Dropdown>
  )
}
