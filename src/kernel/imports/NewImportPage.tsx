/** File → how it is read → which heading is which field → check. Nothing is written on this page. */
import { useNavigate } from '@tanstack/react-router'
import { Alert, Button, Segmented, Select, Steps } from 'antd'
import { useState } from 'react'
import { useAsked } from '../ui/address.web.ts'
import { useDraft } from '../ui/drafts.web.ts'
import { upload } from '../ui/files.web.ts'
import { newKey } from '../ui/client.web.ts'
import { PageHeader } from '../ui/PageHeader.tsx'
import { useProblem } from '../ui/problems.tsx'
import { problemOf, useCall } from '../ui/queries.web.ts'
import { EmptyState, Loaded } from '../ui/states.tsx'
import { useWorkingPeriod } from '../reports/working-period.web.ts'
import { parsePeriod } from '../reports/period.rules.ts'
import { FileStep } from './FileStep.tsx'
import { importTargets, inspectFile, startImport } from './import.contract.ts'
import { formNamed, formOfPeriods, lacks, namesInstitution, stops, suggested, targetFor, withForm, type Inspected, type Target } from './mapping-edit.web.ts'
import { MappingJson } from './MappingJson.tsx'
import { MappingTable } from './MappingTable.tsx'
import type { Mapping } from './mapping.rules.ts'
import { PlaceFields } from './PlaceFields.tsx'
import { Recognised } from './Recognised.tsx'
import { SavedMappings } from './SavedMappings.tsx'
import './imports.css'

export default function NewImportPage() {
  const targets = useCall(importTargets, {}, { staleTime: 600_000 })
  const [asked, ask] = useAsked()
  return (
    <Loaded of={targets}>
      {({ targets: all }) => {
        const target = all.find((t) => t.name === asked.target) ?? all[0]
        if (!target) return <EmptyState title="没有可以导入的内容" hint="您当前的岗位没有导入权限。" />
        return (
          <>
            <PageHeader title={`导入${target.label}`} back={{ to: '/imports', label: '数据导入' }} note="写入之前先检查：逐行告诉您会新增、更新什么，哪里有错。"
              actions={all.length > 1 && <Select aria-label="导入什么" value={target.name} style={{ width: 200 }} options={all.map((t) => ({ value: t.name, label: t.label }))} onChange={(name) => ask({ target: name })} />} />
            <NewImport key={target.name} target={target} asked={asked} />
          </>
        )
      }}
    </Loaded>
  )
}

interface Kept {
  fileName: string
  mapping: Mapping
}

const BY_PERIOD = ''

function NewImport({ target: whole, asked }: { target: Target; asked: Record<string, string> }) {
  const working = useWorkingPeriod()
  // From a page of one form: that form and its period. Otherwise the form of the working period.
  const [first] = useState(() => whole.forms.find((f) => f.name === asked.form)?.name ?? whole.forms.find((f) => f.months === working.months)?.name)
  const [file, setFile] = useState<File>()
  const [seen, setSeen] = useState<Inspected>()
  const [mapping, setMapping] = useState<Mapping>()
  const target = targetFor(whole, mapping ? mapping.form : first)
  const [part, setPart] = useState<number | null>(null)
  const [wrong, setWrong] = useState<string | null>(null)
  const [view, setView] = useState<'form' | 'json'>('form')
  const draft = useDraft<Kept>(`import:${target.name}`)
  const navigate = useNavigate()
  const say = useProblem()
  const set = (given: Mapping) => {
    // A period of another length than the form's: the form follows, because no row could go into the old one.
    const form = seen && given.form && given.period !== mapping?.period ? formOfPeriods(whole, seen, given) : undefined
    const next = form && seen && formNamed(whole, given.form)?.name !== form ? withForm(whole, seen, given, form) : given
    setMapping(next)
    if (file) draft.keep({ fileName: file.name, mapping: next })
  }
  const begun = (found: Mapping, form: string | undefined): Mapping => {
    const period = !found.period && asked.form === form && asked.period && parsePeriod(asked.period) ? asked.period : undefined
    return { ...found, ...(form ? { form } : {}), ...(period ? { period } : {}) }
  }
  const look = async (chosen: File, how: { sheet?: string; headerRow?: number; encoding?: string } = {}) => {
    setPart(0)
    setWrong(null)
    try {
      const form = mapping ? mapping.form : first
      const found = await upload(inspectFile, { target: target.name, form, ...how }, chosen, { onProgress: setPart })
      setFile(chosen)
      setSeen(found)
      // The same file again after leaving the page: what was mapped then.
      const kept = Object.keys(how).length === 0 && draft.restored?.values.fileName === chosen.name ? draft.restored.values.mapping : undefined
      const wanted = suggested(targetFor(whole, form), found)
      const other = asked.form ? undefined : formOfPeriods(whole, found, wanted)
      setMapping(kept ?? (other && other !== form ? withForm(whole, found, wanted, other) : begun(wanted, form)))
    } catch (error) {
      // Where the file is chosen, and it stays until another is.
      if (seen) say(error)
      else setWrong(problemOf(error).message)
    } finally {
      setPart(null)
    }
  }
  const check = async () => {
    setPart(0)
    try {
      const batch = await upload(startImport, { target: target.name, mapping: mapping! }, file!, { onProgress: setPart, idempotencyKey: newKey() })
      draft.drop()
      await navigate({ to: `/imports/${batch.id}` })
    } catch (error) {
      say(error)
      setPart(null)
    }
  }
  const missing = mapping && seen ? lacks(target, seen, mapping) : []
  return (
    <>
      <Steps size="small" className="import-steps" current={seen ? 1 : 0} items={[{ title: '选择文件' }, { title: '对应各列' }, { title: '检查' }, { title: '确认写入' }]} />
      {!seen || !mapping ? <FileStep take={(f) => void look(f)} part={part} wrong={wrong} say={setWrong} /> : (
        <>
          <p className="import-file"><b>{file?.name}</b> <Button type="link" size="small" onClick={() => { setSeen(undefined); setMapping(undefined) }}>换一个文件</Button></p>
          <Recognised seen={seen} again={(how) => void look(file!, { sheet: how.sheet ?? seen.sheet ?? undefined, ...how })} />
          <section className="panel import-part">
            <div className="panel-head"><h2 className="panel-title">各列对应什么</h2><Segmented aria-label="对照的显示方式" value={view} onChange={setView} options={[{ value: 'form' as const, label: '表格' }, { value: 'json' as const, label: 'JSON' }]} /></div>
            <div className="import-tools">
              {whole.forms.length > 0 && (
                <Select aria-label="导入到哪张报表" value={mapping.form === undefined ? BY_PERIOD : (formNamed(whole, mapping.form)?.name ?? mapping.form)} style={{ minWidth: 280 }} popupMatchSelectWidth={false}
                  options={[...whole.forms.map((f) => ({ value: f.name, label: f.label })), { value: BY_PERIOD, label: '按各行的报告期（年、季、月可以混在一起）' }]} onChange={(form) => set(withForm(whole, seen, mapping, form || undefined))} />
              )}
              <SavedMappings target={target.name} mapping={mapping} set={set} />
              {target.fields.some((f) => f.name === 'uscc') && <label>已有机构按　<Select allowClear value={mapping.key} placeholder="自动" style={{ width: 180 }} options={[{ value: 'uscc', label: '统一社会信用代码' }, { value: 'code', label: '内部编码' }, { value: 'name', label: '机构名称' }]} onChange={(key) => set({ ...mapping, key })} />　辨认</label>}
            </div>
            {view === 'json' ? <MappingJson mapping={mapping} set={set} /> : (
              <>
                {namesInstitution(target) && <PlaceFields target={target} seen={seen} mapping={mapping} set={set} />}
                {!mapping.long && <MappingTable key={mapping.form ?? ''} target={target} seen={seen} mapping={mapping} set={set} />}
              </>
            )}
          </section>
          <footer className="import-foot">
            {missing.length > 0 && <Alert type={stops(target, seen, mapping) ? 'warning' : 'info'} showIcon title={missing.join(' ')} />}
            <Button type="primary" loading={part !== null} disabled={stops(target, seen, mapping)} onClick={() => void check()}>上传并检查</Button>
          </footer>
        </>
      )}
    </>
  )
}
