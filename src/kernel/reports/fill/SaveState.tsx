import type { FilingState } from './filing-session.web.ts'

const clock = new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', hour: '2-digit', minute: '2-digit', second: '2-digit' })

/** What happened to what was typed; said aloud only when it changes. */
export function SaveState({ work, savedAt }: Pick<FilingState, 'work' | 'savedAt'>) {
  const words = {
    waiting: '正在填写…', saving: '正在保存…', offline: '连接不上服务器，内容已存在本机，恢复后自动保存', refused: '没有保存',
    still: savedAt ? `已保存 ${clock.format(savedAt)}` : '',
  }[work]
  return <span className={`save-state is-${work}`} role="status">{words}</span>
}
