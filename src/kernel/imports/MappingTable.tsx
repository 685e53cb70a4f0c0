/** Which heading fills which field, in which unit; words of the file translated; constants and defaults. */
import { Button, Checkbox, Input, Select } from 'antd'
import { useState } from 'react'
import { columnOf, foreignMoney, oddUnit, withColumn, type Inspected, type Target, type TargetField } from './mapping-edit.web.ts'
import type { Mapping } from './mapping.rules.ts'
import { WordPairs } from './WordPairs.tsx'

interface Props {
  target: Target
  seen: Inspected
  mapping: Mapping
  set: (mapping: Mapping) => void
}

export function MappingTable({ target, seen, mapping, set }: Props) {
  const [only, setOnly] = useState(false)
  const [open, setOpen] = useState<string>()
  // What was recognised stands first, and does not jump while it is changed.
  const [first] = useState(() => new Set(Object.keys(mapping.columns)))
  const headings = seen.headings.map((h) => ({ value: h.name, label: h.name }))
  const used = new Set(target.fields.flatMap((f) => [columnOf(mapping, f.name).from ?? []].flat()))
  const unused = seen.headings.filter((h) => !used.has(h.name) && h.name !== mapping.period && ![mapping.institution?.from ?? []].flat().includes(h.name))
  const ordered = [...target.fields.filter((f) => first.has(f.name)), ...target.fields.filter((f) => !first.has(f.name))]
  const shown = ordered.filter((f) => !only || mapping.columns[f.name] !== undefined || f.required)
  const example = (from: string | undefined) => seen.headings.find((h) => h.name === from)?.examples.filter(Boolean).slice(0, 2).join('，')
  return (
    <>
      <div className="import-tools"><Checkbox checked={only} onChange={(e) => setOnly(e.target.checked)}>只看已对应的</Checkbox>{unused.length > 0 && <span className="muted">文件里没有用到的列：{unused.map((h) => h.name).join('、')}</span>}</div>
      <table className="mapping">
        <thead><tr><th scope="col">平台的字段</th><th scope="col">文件的列</th><th scope="col">文件的单位</th><th scope="col">示例</th><th scope="col"><span className="visually-hidden">更多</span></th></tr></thead>
        <tbody>
          {shown.map((f) => {
            const spec = columnOf(mapping, f.name)
            const from = [spec.from ?? []].flat()
            const foreign = f.unit === '元' && !spec.unitFrom ? foreignMoney(seen, spec.from, spec.unit) : null
            const wrong = foreign ? '折成人民币后填 元' : oddUnit(seen, f, spec) ? '请写明单位' : null
            return (
              <Row key={f.name} field={f} open={open === f.name} toggle={() => setOpen(open === f.name ? undefined : f.name)} mapping={mapping} set={set}>
                <td>
                  {spec.value !== undefined ? <span className="muted">固定值：{String(spec.value)}</span> : (
                    <Select allowClear showSearch aria-label={`${f.label}取自哪一列`} mode={from.length > 1 ? 'multiple' : undefined} value={from.length > 1 ? from : from[0]} placeholder="不导入" options={headings} style={{ width: '100%' }}
                      onChange={(v: string | string[] | undefined) => set(withColumn(mapping, f.name, { from: Array.isArray(v) && v.length === 1 ? v[0] : v === undefined || v.length === 0 ? undefined : v }))} />
                  )}
                </td>
                <td>
                  {f.unit && from.length > 0 && (
                    <Input aria-label={`${f.label}在文件里的单位`} status={wrong ? 'error' : undefined} aria-invalid={wrong ? true : undefined} value={spec.unit ?? ''} placeholder={wrong ?? (seen.headings.find((h) => h.name === from[0])?.unit ?? f.unit)} onChange={(e) => set(withColumn(mapping, f.name, { unit: e.target.value || undefined }))} />
                  )}
                </td>
                <td className="muted example">{example(from[0])}</td>
              </Row>
            )
          })}
        </tbody>
      </table>
    </>
  )
}

interface RowProps {
  field: TargetField
  open: boolean
  toggle: () => void
  mapping: Mapping
  set: (mapping: Mapping) => void
  children: React.ReactNode
}

function Row({ field, open, toggle, mapping, set, children }: RowProps) {
  const spec = columnOf(mapping, field.name)
  const change = (c: Parameters<typeof withColumn>[2]) => set(withColumn(mapping, field.name, c))
  const special = spec.default !== undefined || spec.values || spec.unitFrom || spec.dayOrder || spec.add
  return (
    <>
      <tr>
        <th scope="row">{field.label}{field.required && <abbr title="必填" className="required">*</abbr>}{field.unit && <span className="muted">　{field.unit}</span>}</th>
        {children}
        <td><Button type="link" size="small" aria-expanded={open} onClick={toggle}>{special ? '更多 •' : '更多'}</Button></td>
      </tr>
      {open && (
        <tr className="mapping-more">
          <td colSpan={5}>
            <div className="mapping-fields">
              <label>固定值<Input value={spec.value === undefined || spec.value === null ? '' : String(spec.value)} placeholder="每行都是同一个值时填" onChange={(e) => change(e.target.value ? { value: e.target.value, from: undefined } : { value: undefined })} /></label>
              <label>空白时填<Input value={spec.default === undefined || spec.default === null ? '' : String(spec.default)} placeholder="不填则保持空白" onChange={(e) => change({ default: e.target.value || undefined })} /></label>
              {field.unit && <label>单位所在的列<Input value={spec.unitFrom ?? ''} placeholder="单位逐行不同时填列名" onChange={(e) => change({ unitFrom: e.target.value || undefined })} /></label>}
              {field.kind === 'day' && <label>日期的写法<Select allowClear value={spec.dayOrder} placeholder="自动" options={[{ value: 'ymd', label: '年/月/日' }, { value: 'mdy', label: '月/日/年' }, { value: 'dmy', label: '日/月/年' }]} onChange={(dayOrder) => change({ dayOrder })} /></label>}
              {Array.isArray(spec.from) && <Checkbox checked={spec.add ?? false} onChange={(e) => change({ add: e.target.checked || undefined })}>这几列相加</Checkbox>}
            </div>
            {(field.choices || field.kind === 'yesNo') && (
              <WordPairs title="文件里的写法对应平台的选项" pairs={spec.values ?? {}} choices={field.choices ?? { true: '是', false: '否' }} set={(values) => change({ values: Object.keys(values).length ? values : undefined })} />
            )}
          </td>
        </tr>
      )}
    </>
  )
}
