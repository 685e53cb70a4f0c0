/** The server asked for a pause: said with the seconds that are left, and gone by itself. */
import { App } from 'antd'
import { useEffect } from 'react'
import { onPause } from './client.web.ts'

const KEY = 'pause'

export function Pause() {
  const { message } = App.useApp()
  useEffect(() => {
    let until = 0
    let timer: ReturnType<typeof setInterval> | undefined
    const show = () => {
      const left = Math.ceil((until - Date.now()) / 1000)
      if (left > 0) return void message.open({ key: KEY, type: 'loading', duration: 0, content: `操作太频繁，${left} 秒后自动继续，请不要离开本页。` })
      clearInterval(timer)
      timer = undefined
      message.destroy(KEY)
    }
    onPause((seconds) => {
      until = Math.max(until, Date.now() + seconds * 1000)
      timer ??= setInterval(show, 1000)
      show()
      return show
    })
    return () => {
      clearInterval(timer)
      onPause(() => () => {})
    }
  }, [message])
  return null
}
