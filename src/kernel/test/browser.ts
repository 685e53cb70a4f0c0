/**
 * A real browser for tests of screens: the system's Chromium, a fresh profile for each visit, nothing but loopback
 * reachable, console errors and failed requests collected, axe at hand.
 */
import fs from 'node:fs'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const HERE = ['127.0.0.1', 'localhost', '[::1]']
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--disable-default-apps', '--disable-domain-reliability', '--no-pings',
  // Refused here and not by intercepting requests, which would switch the browser's cache off and load every page anew.
  `--host-resolver-rules=MAP * ~NOTFOUND, ${HERE.map((host) => `EXCLUDE ${host}`).join(', ')}`,
]

/** Where Chromium is on this machine; null where there is none. */
export const chromiumPath = (): string | null =>
  [process.env.GONGXIE_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => p && fs.existsSync(p)) ?? null

export interface Visit {
  page: Page
  context: BrowserContext
  /** Console errors, page errors, refused foreign requests: a test expects this to stay empty. */
  trouble: string[]
  close(): Promise<void>
}

export interface VisitOptions {
  baseURL: string
  phone?: boolean
  dark?: boolean
}

/** One browser for a file of tests; each visit is a profile of its own. */
let browser: Promise<Browser> | undefined
function launched(): Promise<Browser> {
  if (browser) return browser
  const executablePath = chromiumPath()
  if (!executablePath) throw new Error('Chromium is missing: install it (apt-get install chromium) or set GONGXIE_CHROMIUM.')
  return (browser = chromium.launch({ executablePath, headless: true, args: FLAGS }))
}
const end = async () => {
  const open = browser
  browser = undefined
  await (await open)?.close()
}
/** The benchmark visits too, and is no test: there the browser goes with its visit. */
const tests = process.env.VITEST !== undefined
if (tests) (await import('vitest')).afterAll(end)

export async function visit({ baseURL, phone, dark }: VisitOptions): Promise<Visit> {
  const context = await (await launched()).newContext({
    baseURL, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', viewport: phone ? { width: 390, height: 844 } : { width: 1440, height: 900 },
    hasTouch: Boolean(phone), isMobile: Boolean(phone), deviceScaleFactor: 1, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce', acceptDownloads: true,
  })
  const trouble: string[] = []
  context.on('request', (request) => {
    const url = new URL(request.url())
    if (!HERE.includes(url.hostname) && !['data:', 'blob:'].includes(url.protocol)) trouble.push(`request to another host: ${url.host}`)
  })
  const watch = (page: Page) => {
    page.on('pageerror', (error) => trouble.push(`page error: ${error.message}`))
    page.on('console', (message) => {
      // The browser itself reports every answer of 4xx; refusals are part of the work.
      if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) trouble.push(`console: ${message.text()}`)
    })
  }
  context.on('page', watch)
  const page = await context.newPage()
  return {
    page, context, trouble,
    close: async () => {
      await context.close()
      if (!tests) await end()
    },
  }
}

/** Signs in and waits for the work desk. */
export async function signInAs(page: Page, login: string, password: string): Promise<void> {
  await page.goto('/')
  await page.getByLabel('登录名').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录' }).click()
  await page.getByRole('navigation', { name: '主菜单' }).or(page.getByRole('button', { name: '打开菜单' })).first().waitFor()
}

/**
 * What axe finds at WCAG 2.2 AA, one line a finding; empty is what a test expects. While a dialog is open it alone
 * is looked at: what lies under its mask cannot be reached.
 */
export async function axeFindings(page: Page): Promise<string[]> {
  const builder = new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
  const dialogs = page.locator('.ant-modal-wrap:visible, .ant-drawer-open')
  if (await dialogs.count()) builder.include('.ant-modal-wrap, .ant-drawer-open').disableRules(['region'])
  // What a panel covers by half is out of reach until it is closed, and no target of its own size.
  else if (await page.locator('.ant-popover:visible').count()) builder.include('.ant-popover').disableRules(['region'])
  // Menus and lists that hang over the page belong to the button that opened them, not to a landmark.
  else if (await page.locator('.ant-dropdown:visible, .ant-select-dropdown:visible').count()) builder.disableRules(['region'])
  const { violations } = await builder.analyze()
  return violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} — ${n.failureSummary?.split('\n').slice(1).join('; ').trim() ?? v.help}`))
}
