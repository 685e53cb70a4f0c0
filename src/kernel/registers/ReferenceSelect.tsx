import { Select } from 'antd'
import { useState } from 'react'
import { useSettled } from '../ui/settled.web.ts'
import type { ReferenceOption, ReferenceSource } from './register.web.ts'

interface Props<V> {
  source: ReferenceSource
  /** Stands for the value until the options are read. */
  known?: ReferenceOption
  multiple?: boolean
  value?: V
  onChange?: (value: V) => void
  id?: string
  placeholder?: string
  disabled?: boolean
  /** Offered besides, e.g. "empty" in filters. */
  extra?: { value: string; label: string }[]
  'aria-label'?: string
}

/** Chooses other records by name; long lists are searched by the server. */
export function ReferenceSelect<V>({ source, known, multiple, extra = [], ...props }: Props<V>) {
  const [search, setSearch] = useState('')
  const { options, loading } = source.useOptions(useSettled(search))
  const all = known && !options.some((o) => o.value === known.value) && !search ? [known, ...options] : options
  return (
    <Select<any>
      {...props}
      mode={multiple ? 'multiple' : undefined}
      allowClear
      loading={loading}
      showSearch={{ onSearch: setSearch, filterOption: source.remote ? false : (text, option) => `${option?.label}${option?.detail ?? ''}`.includes(text.trim()) }}
      options={[...extra, ...all]}
      optionRender={(option) => (
        <>
          {option.data.label}
          {option.data.detail && <span className="muted">　{option.data.detail}</span>}
        </>
      )}
      maxTagCount="responsive"
      notFoundContent={loading ? '正在查找…' : '没有找到'}
      style={{ width: '100%' }}
    />
  )
}
