/** Shown once: copied, printed or written down now. */
import { Alert, App, Button } from 'antd'
import { OnPaper } from './OnPaper.tsx'

export function RecoveryCodes({ codes, login, onDone }: { codes: readonly string[]; login: string; onDone: () => void }) {
  const { message } = App.useApp()
  const text = `公廨 恢复码（${login}）\n每个只能用一次：\n${codes.join('\n')}\n`
  const save = () => {
    const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
    Object.assign(document.createElement('a'), { href: url, download: `公廨恢复码-${login}.txt` }).click()
    setTimeout(() => URL.revokeObjectURL(url), 1000)
  }
  const copy = async () => {
    // Not given to plain-http pages of the intranet.
    if (!navigator.clipboard) return void message.info('浏览器不允许复制，请下载或抄写。')
    await navigator.clipboard.writeText(text)
    message.success('已复制')
  }
  return (
    <section aria-label="恢复码">
      <Alert type="warning" showIcon title="恢复码只显示这一次" description="手机遗失或更换时，用恢复码代替验证码登录。请抄写、打印或下载，与手机分开保管；每个只能用一次。" style={{ marginBlockEnd: 16 }} />
      <ul className="recovery-codes">{codes.map((c) => <li key={c}><code>{c}</code></li>)}</ul>
      <div className="button-row">
        <Button onClick={() => void copy()}>复制</Button>
        <Button onClick={() => print()}>打印</Button>
        <Button onClick={save}>下载</Button>
        <Button type="primary" onClick={onDone}>已保存好</Button>
      </div>
      <OnPaper>
        <h1>公廨　恢复码</h1>
        <p>登录名 {login}。手机遗失或更换时，用恢复码代替验证码登录；每个只能用一次，用过的请划去。与手机分开保管。</p>
        <ul className="paper-codes">{codes.map((c) => <li key={c}><code>{c}</code></li>)}</ul>
      </OnPaper>
    </section>
  )
}
