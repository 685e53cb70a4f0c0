import { Link, useNavigate } from '@tanstack/react-router'
import { Table, type TableProps } from 'antd'
import { useEffect, useRef } from 'react'
import type { Asked } from './asked.web.ts'
import { FieldValue, headOf, isNumber, valueText } from './FieldValue.tsx'
import type { RecordRow, Register } from './register.web.ts'
import type { ShownTotals } from './totals.web.ts'

interface Props {
  register: Register
  asked: Asked
  rows: RecordRow[]
  loading: boolean
  selected: number[]
  onSelect?: (ids: number[]) => void
  totals: ShownTotals | null
}

/** Kinds that never need to be cut. */
const SHORT = new Set(['integer', 'decimal', 'day', 'instant', 'yesNo'])

export function RegisterTable({ register, asked, rows, loading, selected, onSelect, totals }: Props) {
  const navigate = useNavigate()
  const { fields } = register.entity
  const columns: TableProps<RecordRow>['columns'] = asked.columns.map((name) => {
    const field = fields[name]!
    const isName = name === register.nameField
    return {
      key: name, title: headOf(field), className: isName ? 'cell-name' : undefined,
      align: isNumber(field) ? 'right' : 'left', fixed: isName ? 'start' : undefined,
      sorter: Boolean(field.sort), showSorterTooltip: false,
      sortOrder: asked.sort === name ? 'ascend' : asked.sort === `-${name}` ? 'descend' : null,
      render: (_value, row) => isName ? <Link to={`${register.path}/${row.id}`}>{String(row[name])}</Link> : <div className="cell" title={SHORT.has(field.type.kind) ? undefined : valueText(name, field, row)}><FieldValue name={name} field={field} row={row} /></div>,
    }
  })
  const labelled = Math.max(0, asked.columns.findIndex((n) => !totals?.cells[n]))
  // The hidden row by which the table measures its columns repeats the boxes of the head: keep the keyboard out.
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => box.current?.querySelector('.ant-table-measure-row')?.setAttribute('inert', ''))
  return (
    <div ref={box}><Table<RecordRow>
      size="small" rowKey="id" columns={columns} dataSource={rows} loading={{ spinning: loading, delay: 250 }} pagination={false} scroll={{ x: 'max-content' }} sticky={{ offsetHeader: 48 }}
      aria-label={register.title}
      rowSelection={onSelect && { selectedRowKeys: selected, onChange: (keys) => onSelect(keys as number[]), preserveSelectedRowKeys: true, columnWidth: 40, getTitleCheckboxProps: () => ({ 'aria-label': '选择本页全部' } as object), getCheckboxProps: (row) => ({ 'aria-label': `选择 ${String(row[register.nameField])}` } as object) }}
      summary={totals ? () => (
        <Table.Summary.Row className="total-row">
          {onSelect && <Table.Summary.Cell index={0} />}
          {asked.columns.map((name, i) => {
            const cell = totals.cells[name]
            return (
              <Table.Summary.Cell key={name} index={i + (onSelect ? 1 : 0)} align={isNumber(fields[name]!) ? 'right' : 'left'}>
                {i === labelled ? <strong>{totals.label}</strong> : cell && <><strong className="nowrap">{cell.text}</strong>{cell.missing && <small className="nowrap">{cell.missing}</small>}</>}
              </Table.Summary.Cell>
            )
          })}
        </Table.Summary.Row>
      ) : undefined}
      onRow={(row) => ({
        onClick: (event) => {
          // Links, boxes and marked text keep their own meaning.
          if ((event.target as HTMLElement).closest('a, button, input, label, .ant-checkbox-wrapper, .ant-table-selection-column') || getSelection()?.toString()) return
          void navigate({ to: `${register.path}/${row.id}` })
        },
        style: { cursor: 'pointer' },
      })}
      onChange={(_pagination, _filters, sorter, { action }) => {
        if (action !== 'sort' || Array.isArray(sorter)) return
        asked.ask({ sort: sorter.order ? `${sorter.order === 'descend' ? '-' : ''}${String(sorter.columnKey)}` : undefined })
      }}
    /></div>
  )
}
