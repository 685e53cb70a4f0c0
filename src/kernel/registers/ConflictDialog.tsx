/** Somebody was quicker: what they changed beside what I changed; where both touched a field, I choose. */
import { Modal, Radio } from 'antd'
import { useState } from 'react'
import { valueText } from './FieldValue.tsx'
import type { Values } from './RecordForm.tsx'
import { shownName, type RecordRow, type Register } from './register.web.ts'
import { useFocusBack } from '../ui/focus-back.web.ts'

interface Props {
  register: Register
  base: RecordRow
  current: RecordRow
  /** Only the fields that I changed. */
  mine: Values
  onResolved: (patch: Values) => void
  onCancel: () => void
}

export default function ConflictDialog({ register, base, current, mine, onResolved, onCancel }: Props) {
  useFocusBack()
  const { fields, writable } = register.entity
  const theirs = writable.filter((n) => (base[n] ?? null) !== (current[n] ?? null))
  const both = theirs.filter((n) => n in mine && mine[n] !== (current[n] ?? null))
  const [choice, setChoice] = useState<Record<string, 'mine' | 'theirs'>>({})
  // A reference that I chose has no name beside it here; the choice says whose it is.
  const mineText = (n: string) => valueText(n, fields[n]!, fields[n]!.type.kind === 'reference' ? { [n]: mine[n], [shownName(n)]: '您选择的一项' } : mine)
  const open = both.filter((n) => !choice[n])
  const resolve = () => onResolved(Object.fromEntries(Object.entries(mine).filter(([n]) => choice[n] !== 'theirs')))
  return (
    <Modal open title="别人刚刚修改了这条记录" width={720} onCancel={onCancel} onOk={resolve} okText="按选择保存" cancelText="返回继续填写" okButtonProps={{ disabled: open.length > 0 }}>
      <p className="muted" style={{ marginBlockEnd: 12 }}>
        {both.length ? '下面标有选项的栏目，您和别人都改了，请选择保留哪一个；其余的会合并在一起。' : '您和别人改的不是同一栏目，可以直接合并保存。'}
      </p>
      <table className="change-table">
        <thead><tr><th scope="col">栏目</th><th scope="col">您打开时</th><th scope="col">别人改为</th><th scope="col">您改为</th><th scope="col">保留</th></tr></thead>
        <tbody>
          {[...new Set([...theirs, ...Object.keys(mine)])].map((n) => (
            <tr key={n}>
              <th scope="row">{fields[n]!.label}</th>
              <td className="muted">{valueText(n, fields[n]!, base)}</td>
              <td>{theirs.includes(n) ? valueText(n, fields[n]!, current) : ''}</td>
              <td>{n in mine ? mineText(n) : ''}</td>
              <td className="nowrap">
                {both.includes(n) && (
                  <Radio.Group size="small" aria-label={`${fields[n]!.label}保留哪一个`} value={choice[n]} onChange={(e) => setChoice({ ...choice, [n]: e.target.value as 'mine' | 'theirs' })} options={[{ value: 'theirs', label: '别人的' }, { value: 'mine', label: '我的' }]} />
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Modal>
  )
}
