/** Ctrl+K: pages by name, then what the domains find. Arrows choose, Enter opens, Escape closes. */
import { useQueries } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Input, Modal } from 'antd'
import { useId, useState, type KeyboardEvent } from 'react'
import { AREAS } from './areas.rules.ts'
import { useMounted } from './mounted.tsx'
import type { Found } from './screens.web.ts'
import { useSession } from './session.tsx'
import { useSettled } from './settled.web.ts'
import { useFocusBack } from './focus-back.web.ts'

export default function SearchEverything({ onClose }: { onClose: () => void }) {
  useFocusBack()
  const { screens, finders } = useMounted()
  const { may } = useSession()
  const navigate = useNavigate()
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const wanted = useSettled(text.trim(), 180)
  const id = useId()
  const asked = finders.filter((f) => may(f.permission))
  const answers = useQueries({
    queries: asked.map((f) => ({
      queryKey: ['find', f.id, wanted], enabled: wanted.length > 0, staleTime: 60_000,
      queryFn: ({ signal }: { signal: AbortSignal }) => f.find(wanted, signal),
    })),
  })

  const pages: Found[] = screens
    .filter((s) => !s.path.includes('$') && may(s.permission) && (!text.trim() || `${s.label}${s.words ?? ''}${AREAS[s.area]}`.includes(text.trim())))
    .map((s) => ({ key: s.path, label: s.label, detail: AREAS[s.area], to: s.path }))
  const groups = [{ label: '页面', found: pages }, ...asked.map((f, i) => ({ label: f.label, found: wanted ? (answers[i]?.data ?? []) : [] }))].filter((g) => g.found.length)
  const all = groups.flatMap((g) => g.found)
  const chosen = Math.min(at, all.length - 1)
  const open = (found?: Found) => {
    if (!found) return
    onClose()
    void navigate({ to: found.to })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setAt((Math.max(chosen, 0) + step + all.length) % Math.max(all.length, 1))
    } else if (event.key === 'Enter') open(all[chosen])
  }
  const busy = wanted !== '' && answers.some((a) => a.isFetching)
  return (
    <Modal open onCancel={onClose} footer={null} closable={false} width={600} style={{ top: 72 }} title={<span className="visually-hidden">搜索</span>} styles={{ header: { margin: 0 } }}>
      <Input autoFocus size="large" placeholder="页面、机构名称、统一社会信用代码" aria-label="搜索" role="combobox" aria-expanded aria-controls={id}
        aria-activedescendant={all[chosen] ? `${id}-${chosen}` : undefined} value={text} onKeyDown={onKeyDown}
        onChange={(e) => {
          setText(e.target.value)
          setAt(0)
        }} />
      <div className="finder-results" id={id} role="listbox" aria-label="搜索结果">
        {groups.map((g) => (
          <div key={g.label} role="group" aria-label={g.label}>
            <div className="finder-group" role="presentation">{g.label}</div>
            {g.found.map((f) => {
              const i = all.indexOf(f)
              return (
                <div key={f.key} id={`${id}-${i}`} role="option" aria-selected={i === chosen} className="finder-item" onMouseMove={() => setAt(i)} onClick={() => open(f)}>
                  <span>{f.label}</span>
                  <small>{f.detail}</small>
                </div>
              )
            })}
          </div>
        ))}
      </div>
      <p role="status" className="muted" style={{ padding: '8px 8px 0' }}>{busy ? '正在查找…' : all.length ? '↑ ↓ 选择，Enter 打开，Esc 关闭' : '没有找到。可以换个说法，或只输入名称的一部分。'}</p>
    </Modal>
  )
}
