/** Compressed JavaScript that a browser really loads for the sign-in page and for the first work page. */
import { chromiumPath, signInAs, visit } from '../../src/kernel/test/browser.ts'
import { figure, type Row } from '../report.ts'
import type { Workload } from '../workload.ts'

const row = (workload: string, bytes: number, limit: number): Row => ({
  workload, ours: `${figure(bytes / 1024)} KB`, bound: '', ratio: '', required: `≤ ${limit} KB`, p50p99: '', kept: bytes / 1024 <= limit,
})

export const javascript: Workload = {
  name: 'javascript',
  async run(bench) {
    if (!chromiumPath()) throw new Error('there is no Chromium on this machine')
    const site = bench.data.city
    const server = await bench.ours(site)
    const account = site.accounts.find((a) => a.login === 'yuzhong.shenhe')!
    const { page, close } = await visit({ baseURL: server.url })
    let bytes = 0
    const pending: Promise<void>[] = []
    page.on('requestfinished', (request) => {
      if (!/\.js$/.test(new URL(request.url()).pathname)) return
      pending.push(request.sizes().then((s) => void (bytes += s.responseBodySize)))
    })
    const loaded = async () => {
      await page.waitForLoadState('networkidle')
      await Promise.all(pending)
      return bytes
    }
    try {
      await page.goto('/')
      await page.getByRole('button', { name: '登录' }).waitFor()
      const signInPage = await loaded()
      await signInAs(page, account.login, account.password)
      const workPage = await loaded()
      return [row('JavaScript compressed: sign-in page', signInPage, 400), row('JavaScript compressed: first work page', workPage, 1024)]
    } finally {
      await close()
    }
  },
}
