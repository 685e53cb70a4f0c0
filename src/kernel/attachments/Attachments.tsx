/**
 * The attachments of a record: `<Attachments entity="reports.filing" recordId={id} />`. Dropped, chosen, or taken with the
 * phone's camera; several at once; with what they are, from whom, when, and the SM3 that they are held against.
 */
import { CameraOutlined, FileExcelOutlined, FileImageOutlined, FileOutlined, FilePdfOutlined, FilePptOutlined, FileTextOutlined, FileWordOutlined, PaperClipOutlined } from '@ant-design/icons'
import { Button, Progress, Select, Tag } from 'antd'
import { lazy, Suspense, useId, useRef, useState, type ComponentType, type DragEvent } from 'react'
import { download } from '../ui/files.web.ts'
import { useNarrow } from '../ui/narrow.web.ts'
import { useProblem } from '../ui/problems.tsx'
import { useCall } from '../ui/queries.web.ts'
import { useSession } from '../ui/session.tsx'
import { ErrorState, LoadingState } from '../ui/states.tsx'
import { instantText } from '../ui/text.web.ts'
import { UnsavedGuard } from '../ui/UnsavedGuard.tsx'
import { downloadAttachment, listAttachments, type AttachmentRow } from './attachment.contract.ts'
import { ACCEPT, KINDS, SCANS, sizeText, WORDS, type KindName } from './kinds.rules.ts'
import { useUploads } from './uploads.web.ts'
import './attachments.css'

const ReasonDialog = lazy(() => import('./ReasonDialog.tsx'))
const Preview = lazy(() => import('./Preview.tsx'))

const ICONS: Partial<Record<KindName, ComponentType<{ 'aria-hidden': boolean }>>> = {
  pdf: FilePdfOutlined, ofd: FilePdfOutlined, docx: FileWordOutlined, doc: FileWordOutlined, xlsx: FileExcelOutlined, xls: FileExcelOutlined, pptx: FilePptOutlined, ppt: FilePptOutlined,
  png: FileImageOutlined, jpg: FileImageOutlined, webp: FileImageOutlined, heic: FileImageOutlined, text: FileTextOutlined,
}

interface Props {
  entity: string
  recordId: number
  /** Parts of the record that a file can be about, as cells of a form: code → words. */
  items?: Readonly<Record<string, string>>
  /** The part that is looked at: a new file is about it unless said otherwise. */
  item?: string
  /** Said where there are none. */
  hint?: string
}

export function Attachments(props: Props) {
  const { may } = useSession()
  return may(listAttachments.access) ? <Shelf {...props} /> : null
}

function Shelf({ entity, recordId, items, item, hint }: Props) {
  const query = useCall(listAttachments, { entity, recordId })
  const uploads = useUploads({ entity, recordId }, query.data?.maxBytes ?? 0)
  const [dialog, setDialog] = useState<{ row: AttachmentRow; what: 'remove' | 'restore' } | null>(null)
  const [preview, setPreview] = useState<AttachmentRow | null>(null)
  const [over, setOver] = useState(false)
  const [about, setAbout] = useState<string>()
  const replacing = useRef<AttachmentRow | null>(null)
  const another = useRef<HTMLInputElement>(null)
  const narrow = useNarrow()
  const id = useId()
  if (query.error) return <ErrorState error={query.error} retry={() => void query.refetch()} />
  if (!query.data) return <LoadingState />
  const { attachments, mayAdd, whyNot, maxBytes, antivirus } = query.data
  const subject = about ?? item ?? ''
  const live = attachments.filter((a) => !a.removedAt)
  // Of a document the last edition stands in front.
  const latest = live.filter((a) => !live.some((b) => b.documentId === a.documentId && b.edition > a.edition))
  const former = (a: AttachmentRow) => live.filter((b) => b.documentId === a.documentId && b.edition < a.edition)
  const removed = attachments.filter((a) => a.removedAt)
  const drop = (e: DragEvent) => {
    e.preventDefault()
    setOver(false)
    if (mayAdd) uploads.add([...e.dataTransfer.files], { item: subject })
  }
  const line = (a: AttachmentRow) => (
    <Line key={a.id} row={a} words={a.item ? items?.[a.item] : undefined} antivirus={antivirus} onPreview={() => setPreview(a)} onAsk={(what) => setDialog({ row: a, what })} onReplace={() => {
      replacing.current = a
      another.current?.click()
    }}>
      {former(a).length > 0 && !a.removedAt && (
        <details className="attachment-more">
          <summary>以前的版本 {former(a).length} 个</summary>
          <ul>{former(a).toReversed().map(line)}</ul>
        </details>
      )}
    </Line>
  )
  return (
    <div className={`attachments${over ? ' is-over' : ''}`} onDragOver={(e) => { e.preventDefault(); setOver(mayAdd) }} onDragLeave={(e) => { if (!e.currentTarget.contains(e.relatedTarget as Node)) setOver(false) }} onDrop={drop}>
      {latest.length > 0 ? <ul className="attachment-list">{latest.map(line)}</ul> : <p className="muted">{hint ?? '还没有附件。'}</p>}
      {uploads.uploads.length > 0 && (
        <ul className="attachment-list" aria-label="正在上传" aria-live="polite">
          {uploads.uploads.map((u) => (
            <li key={u.key} className="attachment is-upload">
              <span className="attachment-name">{u.file.name}</span>
              {u.problem ? (
                <div className="attachment-problem" role="alert"><span>{u.problem}</span>
                  {u.again && <Button size="small" onClick={() => uploads.retry(u)}>重试</Button>}<Button size="small" type="text" aria-label={`知道了：${u.file.name}`} onClick={() => uploads.forget(u.key)}>知道了</Button></div>
              ) : u.part === null ? <span className="muted">等待上传</span> : <Progress size="small" percent={Math.round(u.part * 100)} aria-label={`上传进度：${u.file.name}`} format={(n) => (n === 100 ? '正在检查' : `${n}%`)} />}
            </li>
          ))}
        </ul>
      )}
      {mayAdd ? (
        <div className="attachment-add">
          {items && (
            <Select size="small" aria-label="附件说明哪一格" value={subject} onChange={setAbout} showSearch={{ optionFilterProp: 'label' }} popupMatchSelectWidth={false} className="attachment-about"
              options={[{ value: '', label: '整张报表' }, ...Object.entries(items).map(([value, label]) => ({ value, label }))]} />
          )}
          <input id={id} type="file" multiple accept={ACCEPT} className="visually-hidden" onChange={(e) => { uploads.add([...(e.target.files ?? [])], { item: subject }); e.target.value = '' }} />
          <label htmlFor={id} className="attachment-choose"><PaperClipOutlined aria-hidden /> 添加附件</label>
          {narrow && (
            <>
              <input id={`${id}-camera`} type="file" accept="image/*" capture="environment" className="visually-hidden" onChange={(e) => { uploads.add([...(e.target.files ?? [])], { item: subject }); e.target.value = '' }} />
              <label htmlFor={`${id}-camera`} className="attachment-choose"><CameraOutlined aria-hidden /> 拍照</label>
            </>
          )}
          <span className="muted attachment-rule">{narrow ? '' : '可拖放到这里。'}{WORDS}，每个不超过 {sizeText(maxBytes)}。</span>
          <input ref={another} type="file" accept={ACCEPT} className="visually-hidden" tabIndex={-1} aria-label="选择新版文件" onChange={(e) => {
            const old = replacing.current
            if (old) uploads.add([...(e.target.files ?? [])], { item: old.item, replaces: old.id })
            e.target.value = ''
          }} />
        </div>
      ) : whyNot && <p className="muted">{whyNot}</p>}
      {removed.length > 0 && (
        <details className="attachment-more">
          <summary>已移除 {removed.length} 个</summary>
          <ul>{removed.map(line)}</ul>
        </details>
      )}
      <UnsavedGuard dirty={uploads.busy} kept={false} />
      <Suspense>
        {dialog && <ReasonDialog {...dialog} onClose={() => setDialog(null)} />}
        {preview && <Preview row={preview} onClose={() => setPreview(null)} />}
      </Suspense>
    </div>
  )
}

interface LineProps {
  row: AttachmentRow
  words?: string
  antivirus: boolean
  onPreview: () => void
  onAsk: (what: 'remove' | 'restore') => void
  onReplace: () => void
  children?: React.ReactNode
}

function Line({ row: a, words, antivirus, onPreview, onAsk, onReplace, children }: LineProps) {
  const say = useProblem()
  const [busy, setBusy] = useState(false)
  const kind = KINDS[a.kind]
  const Icon = ICONS[a.kind] ?? FileOutlined
  const may = (what: AttachmentRow['can'][number]) => a.can.includes(what)
  const fetchIt = () => {
    setBusy(true)
    download(downloadAttachment, { id: a.id }).catch(say).finally(() => setBusy(false))
  }
  const seen = may('download') && 'picture' in kind
  return (
    <li className={`attachment${a.removedAt ? ' is-removed' : ''}`}>
      <div className="attachment-head">
        <Icon aria-hidden />
        {may('download') ? <button type="button" className="text-button attachment-name" onClick={seen ? onPreview : fetchIt}>{a.name}</button> : <span className="attachment-name">{a.name}</span>}
        {words && <Tag variant="filled">{words}</Tag>}
        {a.edition > 1 && <Tag variant="filled">第 {a.edition} 版</Tag>}
        {a.damaged && a.scan !== 'gone' && <Tag color="error" variant="filled">内容损坏，待恢复</Tag>}
        {a.scan === 'pending' && <Tag color="warning" variant="filled">{SCANS.pending}</Tag>}
        {a.scan === 'infected' && <Tag color="error" variant="filled">{SCANS.infected}，已隔离</Tag>}
        {a.scan === 'unscanned' && <Tag variant="filled">{SCANS.unscanned}</Tag>}
        {a.scan === 'clean' && antivirus && <Tag color="success" variant="filled">{SCANS.clean}</Tag>}
      </div>
      <p className="muted attachment-facts">
        {kind.label}　{sizeText(a.size)}　{a.byName}　{instantText(a.at)}　<span title={`SM3 ${a.sm3}`} className="attachment-hash">SM3 {a.sm3.slice(0, 8)}…{a.sm3.slice(-4)}</span>
      </p>
      {a.note && <p>{a.note}</p>}
      {a.removedAt && <p className="muted">{a.removedByName}于 {instantText(a.removedAt)} 移除：{a.removedReason}。{a.scan === 'gone' ? '内容已按期销毁。' : `内容保留至 ${a.keepUntil}。`}</p>}
      <div className="attachment-acts">
        {may('download') && <Button size="small" type="link" loading={busy} aria-label={`下载${a.name}`} onClick={fetchIt}>下载</Button>}
        {may('replace') && <Button size="small" type="link" aria-label={`上传新版：${a.name}`} onClick={onReplace}>上传新版</Button>}
        {may('remove') && <Button size="small" type="link" aria-label={`移除${a.name}`} onClick={() => onAsk('remove')}>移除</Button>}
        {may('restore') && <Button size="small" type="link" aria-label={`恢复${a.name}`} onClick={() => onAsk('restore')}>恢复</Button>}
      </div>
      {children}
    </li>
  )
}
