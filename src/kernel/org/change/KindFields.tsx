/** What each act asks besides its day and basis. */
import Decimal from 'decimal.js'
import { Button, Form, Input, Select } from 'antd'
import type { Dayjs } from 'dayjs'
import { parseNumber } from '../../quantities/numbers.rules.ts'
import { ReferenceSelect } from '../../registers/ReferenceSelect.tsx'
import type { RecordRow } from '../../registers/register.web.ts'
import { decimalText } from '../../ui/text.web.ts'
import { CATEGORIES } from '../organization/organization.entity.ts'
import { useInstitutionOptions, useRegionOptions, useSuperiorOptions } from '../organization/organization.register.web.ts'
import type { FreshOrganization, Restructuring } from './change.contract.ts'

interface Part {
  name?: string
  category?: string
  uscc?: string
  people?: string
  buildingArea?: string
}
export interface ChangeValues {
  effective: Dayjs
  basis: string
  note?: string
  intoId?: number
  name?: string
  uscc?: string
  superiorId?: number
  regionId?: number
  reason?: string
  successorId?: number
  parts: Part[]
}

const number = (text: string | undefined): string | null => {
  const read = parseNumber(text)
  return read.ok ? read.value : (text ?? null)
}

/** What the form holds, as the contract takes it. */
export function changeFrom(kind: Restructuring['kind'], row: RecordRow, v: ChangeValues): Restructuring {
  const dated = { effective: v.effective.format('YYYY-MM-DD'), basis: v.basis.trim(), note: v.note?.trim() || null }
  switch (kind) {
    case 'merge':
      return { kind, fromIds: [row.id], intoId: v.intoId!, ...dated }
    case 'rename':
      return { kind, id: row.id, name: v.name!.trim(), uscc: v.uscc?.trim() || null, ...dated }
    case 'move':
      return { kind, ids: [row.id], superiorId: v.superiorId!, regionId: v.regionId ?? null, ...dated }
    case 'abolish':
      return { kind, ids: [row.id], reason: v.reason!.trim(), successorId: v.successorId ?? null, ...dated }
    case 'split':
      return {
        kind, fromId: row.id, ...dated,
        parts: v.parts.map((p): FreshOrganization => ({
          name: p.name!.trim(), category: p.category ?? String(row.category), uscc: p.uscc?.trim() || null,
          regionId: Number(row.regionId), superiorId: Number(row.superiorId), address: (row.address as string | null) ?? null,
          people: number(p.people) === null ? null : Number(number(p.people)), buildingArea: number(p.buildingArea),
        })),
      }
  }
}

const required = (message: string) => [{ required: true, message }]
const readable = (pattern: RegExp, message: string) => [{
  validator: (_rule: unknown, text: string | undefined) => {
    const read = parseNumber(text)
    return !read.ok ? Promise.reject(new Error(read.problem.message)) : read.value !== null && !pattern.test(read.value) ? Promise.reject(new Error(message)) : Promise.resolve()
  },
}]
const PEOPLE = readable(/^\d{1,9}$/, '请填整数')
const AREA = readable(/^\d{1,16}(\.\d{1,2})?$/, '请填面积，最多 2 位小数')

/** How far the parts are from the whole, while one types. */
function Together({ row }: { row: RecordRow }) {
  const parts = (Form.useWatch('parts') ?? []) as (Part | undefined)[]
  const line = (of: 'people' | 'buildingArea', whole: string | number | null, unit: string) => {
    const read = parts.map((p) => parseNumber(p?.[of]))
    if (read.some((r) => !r.ok)) return `合计还算不出来（${of === 'people' ? '人数' : '面积'}有不是数字的）`
    const total = read.reduce((n, r) => n.plus(r.ok && r.value !== null ? r.value : 0), new Decimal(0))
    const short = new Decimal(whole ?? 0).minus(total)
    return `${decimalText(total.toFixed())} ${unit}${short.isZero() ? '，相等' : short.isPositive() ? `，还差 ${decimalText(short.toFixed())}` : `，多出 ${decimalText(short.abs().toFixed())}`}`
  }
  return <p className="muted" role="status">各部分合计：{line('people', row.people as number | null, '人')}；{line('buildingArea', row.buildingArea as string | null, '㎡')}。</p>
}

export function KindFields({ kind, row }: { kind: Restructuring['kind']; row: RecordRow }) {
  if (kind === 'merge')
    return (
      <Form.Item name="intoId" label="并入哪个机构" extra="人数和面积会加到它上面；如果只是重复登记，请用“疑似重复”处理，以免重复计算。" rules={required('请选择并入的机构')}>
        <ReferenceSelect source={{ useOptions: useInstitutionOptions, remote: true }} placeholder="输入名称查找" />
      </Form.Item>
    )
  if (kind === 'rename')
    return (
      <div className="form-grid">
        <Form.Item name="name" label="新名称" className="is-wide" rules={[{ required: true, min: 2, message: '请填写新名称，至少 2 个字' }]}><Input maxLength={120} /></Form.Item>
        <Form.Item name="uscc" label="新的统一社会信用代码" extra="没有变化可不填。"><Input maxLength={18} /></Form.Item>
      </div>
    )
  if (kind === 'move')
    return (
      <div className="form-grid">
        <Form.Item name="superiorId" label="新的主管单位" rules={required('请选择新的主管单位')}><ReferenceSelect source={{ useOptions: useSuperiorOptions }} /></Form.Item>
        <Form.Item name="regionId" label="新的区划" extra="没有变化可不填。"><ReferenceSelect source={{ useOptions: useRegionOptions }} /></Form.Item>
      </div>
    )
  if (kind === 'abolish')
    return (
      <>
        <Form.Item name="reason" label="撤销原因" rules={[{ required: true, min: 2, message: '请填写撤销原因' }]}><Input maxLength={200} /></Form.Item>
        <Form.Item name="successorId" label="承接机构" extra="承接职责的机构；没有可不填。人数和面积不会自动转过去。"><ReferenceSelect source={{ useOptions: useInstitutionOptions, remote: true }} placeholder="输入名称查找" /></Form.Item>
      </>
    )
  return (
    <Form.List name="parts">
      {(items, { add, remove }) => (
        <>
          <p className="muted" style={{ marginBlockEnd: 8 }}>拆分前：{decimalText(row.people as number | null)} 人，{decimalText(row.buildingArea as string | null)} ㎡。各部分的合计必须与它相等。</p>
          {items.map(({ key, name }, i) => (
            <fieldset key={key} className="split-part">
              <legend>第 {i + 1} 部分</legend>
              <div className="form-grid">
                <Form.Item name={[name, 'name']} label="名称" className="is-wide" rules={required('请填写名称')}><Input maxLength={120} /></Form.Item>
                <Form.Item name={[name, 'category']} label="机构类型" initialValue={row.category}><Select options={Object.entries(CATEGORIES).map(([value, label]) => ({ value, label }))} /></Form.Item>
                <Form.Item name={[name, 'uscc']} label="统一社会信用代码"><Input maxLength={18} /></Form.Item>
                <Form.Item name={[name, 'people']} label="用能人数" rules={PEOPLE}><Input inputMode="numeric" suffix="人" /></Form.Item>
                <Form.Item name={[name, 'buildingArea']} label="建筑面积" rules={AREA}><Input inputMode="decimal" suffix="㎡" /></Form.Item>
              </div>
              {items.length > 2 && <Button type="link" size="small" onClick={() => remove(name)}>去掉这一部分</Button>}
            </fieldset>
          ))}
          <Together row={row} />
          <Button onClick={() => add({})}>再加一部分</Button>
        </>
      )}
    </Form.List>
  )
}
