import { Select } from 'antd'
import { useDeferredValue, useState } from 'react'
import { useCall } from '../ui/queries.web.ts'
import { listOrganizations } from '../org/organization/organization.contract.ts'

interface Props {
  value?: number
  onChange?: (id: number | undefined, name?: string) => void
  id?: string
  placeholder?: string
}

/** An institution by part of its name or code; the server searches. */
export function OrganizationSelect({ value, onChange, id, placeholder = '按名称或代码查找机构' }: Props) {
  const [text, setText] = useState('')
  const q = useDeferredValue(text.trim())
  const found = useCall(listOrganizations, { q: q || undefined, limit: 20, filter: JSON.stringify({ kind: ['institution'] }) }, { placeholderData: (before) => before })
  return (
    <Select<number>
      id={id} aria-label={placeholder} value={value} placeholder={placeholder} allowClear style={{ width: '100%' }} loading={found.isFetching}
      showSearch={{ onSearch: setText, filterOption: false }} notFoundContent={found.isFetching ? '正在查找…' : '没有找到'}
      options={(found.data?.rows ?? []).map((r) => ({ value: r.id, label: `${r.name}（${r.regionName}）`, name: r.name }))}
      onChange={(v, option) => onChange?.(v, (option as { name?: string } | undefined)?.name)}
    />
  )
}
