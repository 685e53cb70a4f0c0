/** Coming in and one's own account, as people meet them; on a phone as well, and from the keyboard. */
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { seal } from '../../kernel/authority/rights/seal.ts'
import type { Role } from '../../kernel/authority/roles.rules.ts'
import { forgetSessions } from '../../kernel/authority/session.procedures.ts'
import { invite } from '../../kernel/authority/welcome.ts'
import { awayFromEdge, codeOf } from '../../kernel/test/authenticator.ts'
import { axeFindings, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture, type Fixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite, type Site } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
let site: Site
let city: Fixture
const open: Visit[] = []
const run = (query: any) => db.asSystem('test', (trx) => trx.run(query))
const enter = async (options: { phone?: boolean; dark?: boolean } = {}): Promise<Visit> => {
  const v = await visit({ baseURL: site.baseURL, ...options })
  open.push(v)
  return v
}
let n = 0
async function account(role: Role, at: number): Promise<string> {
  const login = `clerk.${++n}`
  await run(sql`WITH p AS (INSERT INTO auth.person (name, org_path) SELECT ${`李晓梅${n}`}, org_path FROM org.organization WHERE id = ${at} RETURNING id, org_path)
    INSERT INTO auth.post (person_id, organization_id, role, valid_from, org_path) SELECT id, ${at}, ${role}, '2020-01-01', org_path FROM p`)
  const [person] = await db.asSystem('test', (trx) => trx.rows<{ id: number }>(sql`SELECT max(id) AS id FROM auth.person`))
  await db.asSystem('test', async (trx) => seal(trx, 'post', (await trx.rows<{ id: number }>(sql`SELECT id FROM auth.post WHERE person_id = ${person!.id}`)).map((p) => p.id)))
  await site.account({ personId: person!.id } as never, login)
  return login
}
const first = async (page: Page, login: string, password = PASSWORD) => {
  await page.goto('/')
  await page.getByLabel('登录名').fill(login)
  await page.getByLabel('密码', { exact: true }).fill(password)
  await page.getByRole('button', { name: '登录', exact: true }).click()
}
/** From the key shown beside the picture. */
const keyOn = async (page: Page) => {
  await awayFromEdge()
  return (await page.locator('.enrol-key').innerText()).replaceAll(' ', '')
}

beforeAll(async () => {
  site = await testSite(database, domains, { secondFactor: 'required' })
})
beforeEach(() => forgetSessions())
afterAll(() => Promise.all(open.map((v) => v.close())))

test('the first start: a code, three persons, then sign-in', async () => {
  const { page, trouble } = await enter({ phone: true })
  const code = (await invite(db))!
  await page.goto('/')
  await page.getByRole('link', { name: '设立三员' }).click()
  await page.getByLabel('启用码').fill(code)
  await page.getByRole('button', { name: '设立三员' }).click()
  await page.getByText('请填写姓名').first().waitFor()
  expect(await axeFindings(page)).toEqual([])
  const people = [['系统管理员', '张系统', 'zhang.xt', 'Lantern-river-7-copper'], ['安全管理员', '李安全', 'li.aq', 'Quiet-harbour-8-tram'], ['审计管理员', '张系统', 'wang.sj', 'Velvet-compass-9-reed']] as const
  for (const [office, name, login, password] of people) {
    await page.getByLabel(`${office}姓名`).fill(name)
    await page.getByLabel(`${office}登录名`).fill(login)
    await page.getByLabel(`${office}密码`, { exact: true }).fill(password)
    await page.getByLabel(`再输一次${office}密码`).fill(password)
  }
  await page.getByRole('button', { name: '设立三员' }).click()
  await page.getByText('三员须由三个不同的人担任').first().waitFor()
  await page.getByLabel('审计管理员姓名').fill('王审计')
  await page.getByRole('button', { name: '设立三员' }).click()
  await page.getByText('三员已设立').waitFor()
  expect(await axeFindings(page)).toEqual([])
  await page.getByRole('link', { name: '去登录' }).click()
  await page.getByLabel('登录名').waitFor()
  expect(trouble).toEqual([])
  await run(sql`TRUNCATE org.organization, auth.person CASCADE`).catch(async () => {
    await run(sql`DELETE FROM auth.post`)
    await run(sql`DELETE FROM auth.person`)
  })
}, 120_000)

describe('with a city', () => {
  beforeAll(async () => {
    city = await buildFixture(db)
  })

  test('a first password is changed before anything else; a weak one is refused at the field', async () => {
    const { page, trouble } = await enter()
    const login = await account('filler', city.school)
    await run(sql`UPDATE auth.account SET must_change = true WHERE login = ${login}`)
    await first(page, login)
    await page.getByRole('heading', { name: '请修改密码' }).waitFor()
    await page.goto('/organizations')
    await page.getByRole('heading', { name: '请修改密码' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    const next = async (password: string) => {
      await page.getByLabel('原密码').fill(PASSWORD)
      await page.getByLabel('新密码', { exact: true }).fill(password)
      await page.getByLabel('再输一次新密码').fill(password)
      await page.keyboard.press('Enter')
    }
    await next('short')
    await page.getByText(/密码至少 12 位，现在是 5 位/).waitFor()
    await next('Password2026!')
    await page.getByText(/太容易被猜到/).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await next('Quiet-harbour-8-tram')
    await page.getByRole('link', { name: '渝中区示范中学' }).waitFor()
    expect(trouble).toEqual([])
  })

  test('a reviewer enrols a telephone, keeps the codes, signs in with both steps, and is let in by a recovery code', async () => {
    const { page, context, trouble } = await enter({ phone: true })
    const login = await account('city_reviewer', city.city)
    await first(page, login)
    await page.getByRole('heading', { name: '请启用双因素登录' }).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: '开始绑定' }).click()
    const key = await keyOn(page)
    expect(await axeFindings(page)).toEqual([])
    await page.getByLabel('验证码').fill('000000')
    await page.keyboard.press('Enter')
    await page.getByText(/验证码不正确/).waitFor()
    await awayFromEdge()
    await page.getByLabel('验证码').fill(codeOf(key, -1))
    await page.keyboard.press('Enter')
    await page.getByRole('region', { name: '恢复码' }).waitFor()
    const codes = await page.locator('.recovery-codes code').allInnerTexts()
    expect(codes).toHaveLength(10)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: '已保存好' }).click()
    await page.getByRole('heading', { name: '工作台' }).waitFor()

    await context.clearCookies()
    await first(page, login)
    await page.getByLabel('验证码').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByLabel('验证码').fill('123456')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.getByRole('alert').innerText()).toContain('验证码不正确')
    await page.getByLabel('验证码').fill(codeOf(key))
    await page.getByRole('button', { name: '登录', exact: true }).click()
    await page.getByRole('heading', { name: '工作台' }).waitFor()

    await context.clearCookies()
    await first(page, login)
    await page.getByLabel('验证码').fill(codes[0]!.toLowerCase())
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: '工作台' }).waitFor()

    // The password is forgotten: a recovery code speaks for its owner.
    await context.clearCookies()
    await page.goto('/')
    await page.getByRole('link', { name: '忘记密码' }).click()
    await page.getByLabel('登录名').fill(login)
    await page.getByLabel('验证码').fill(codes[1]!)
    await page.getByLabel('新密码', { exact: true }).fill('Quiet-harbour-8-tram')
    await page.getByLabel('再输一次新密码').fill('Quiet-harbour-8-tram')
    expect(await axeFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    await page.getByText('密码已重设').waitFor()
    expect(trouble).toEqual([])
  })

  test('before a critical act the person proves who they are over the page, and it goes on', async () => {
    const { page, trouble } = await enter()
    const login = await account('district_reviewer', city.education)
    const pupil = await account('filler', city.school)
    await signInAs(page, login, PASSWORD)
    await run(sql`UPDATE auth.session SET proved_at = now() - interval '1 hour' WHERE account_id = (SELECT id FROM auth.account WHERE login = ${login})`)
    forgetSessions()
    await page.goto('/people')
    await page.getByRole('row', { name: new RegExp(pupil) }).getByRole('button').click()
    await page.getByRole('button', { name: '重置密码' }).click()
    await page.getByLabel('原因或依据').fill('忘记密码')
    await page.getByRole('button', { name: /确\s*认/ }).click()
    const dialog = page.getByRole('dialog', { name: '请验证您的身份' })
    await dialog.waitFor()
    expect(await axeFindings(page)).toEqual([])
    await dialog.getByLabel('密码', { exact: true }).fill('wrong')
    await dialog.getByRole('button', { name: '验证并继续' }).click()
    await dialog.getByText('密码不正确。').waitFor()
    await dialog.getByLabel('密码', { exact: true }).fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByText(/请当面交给本人/).waitFor()
    expect(trouble).toEqual([])
  })

  test('giving the proof up leaves the form and does nothing', async () => {
    const { page } = await enter()
    const login = await account('district_reviewer', city.education)
    const pupil = await account('filler', city.school)
    await signInAs(page, login, PASSWORD)
    await run(sql`UPDATE auth.session SET proved_at = now() - interval '1 hour' WHERE account_id = (SELECT id FROM auth.account WHERE login = ${login})`)
    forgetSessions()
    await page.goto('/people')
    await page.getByRole('row', { name: new RegExp(pupil) }).getByRole('button').click()
    await page.getByRole('button', { name: '停用账号' }).click()
    await page.getByLabel('原因或依据').fill('调离')
    await page.getByRole('button', { name: /确\s*认/ }).click()
    await page.getByRole('dialog', { name: '请验证您的身份' }).getByRole('button', { name: /取\s*消/ }).click()
    await page.getByText('没有验证身份，这项操作没有进行。').waitFor()
    expect(await page.getByLabel('原因或依据').inputValue()).toBe('调离')
    expect(await db.asSystem('test', (trx) => trx.rows(sql`SELECT status FROM auth.account WHERE login = ${pupil}`))).toEqual([{ status: 'active' }])
  })

  test('one’s own account: password, second factor, other places', async () => {
    const login = await account('filler', city.school)
    const { page: other } = await enter({ phone: true })
    await signInAs(other, login, PASSWORD)
    const { page, trouble } = await enter()
    await first(page, login, 'wrong')
    await page.getByRole('alert').waitFor()
    await signInAs(page, login, PASSWORD)
    await page.getByText(/有人 1 次登录您的账号没有成功/).waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: /李晓梅/ }).click()
    await page.getByRole('menuitem', { name: '我的账号' }).click()
    await page.getByRole('heading', { level: 1, name: '我的账号' }).waitFor()
    await page.getByRole('heading', { name: '正在登录' }).waitFor()
    expect(await page.getByRole('region', { name: '正在登录' }).getByRole('row').count()).toBeGreaterThan(2)
    expect(await axeFindings(page)).toEqual([])
    await page.getByRole('button', { name: '退出其他全部' }).click()
    await page.getByText('已退出其他 1 处登录。').waitFor()
    await other.goto('/organizations')
    await other.getByLabel('登录名').waitFor()
    await page.getByRole('button', { name: '启用双因素' }).click()
    await page.getByRole('button', { name: '开始绑定' }).click()
    const key = await keyOn(page)
    expect(await axeFindings(page)).toEqual([])
    await awayFromEdge()
    await page.getByLabel('验证码').fill(codeOf(key, -1))
    await page.getByRole('button', { name: '核对并启用' }).click()
    // The codes stand there once: they come on paper alone, and no slip of a key closes them.
    await page.getByRole('dialog', { name: '恢复码' }).waitFor()
    await page.keyboard.press('Escape')
    await page.emulateMedia({ media: 'print' })
    expect(await page.locator('.on-paper').innerText()).toMatch(/恢复码[\s\S]*([0-9A-Z]{5}-[0-9A-Z]{5}\s*){10}$/)
    await page.emulateMedia({ media: null })
    await page.getByRole('button', { name: '已保存好' }).click()
    await page.getByText('剩余 10 个').waitFor()
    // Old by now: the code is asked for, not the password.
    await run(sql`UPDATE auth.session SET proved_at = now() - interval '1 hour' WHERE account_id = (SELECT id FROM auth.account WHERE login = ${login})`)
    forgetSessions()
    await page.getByRole('button', { name: '停用', exact: true }).or(page.getByRole('button', { name: /^停\s*用$/ })).first().click()
    await page.locator('.ant-popover').getByRole('button', { name: /停\s*用/ }).click()
    await page.getByRole('dialog', { name: '请验证您的身份' }).getByLabel('验证码').fill(codeOf(key))
    await page.keyboard.press('Enter')
    await page.getByText('双因素已停用。').waitFor()
    await page.getByRole('button', { name: '启用双因素' }).waitFor()
    expect(trouble).toEqual([])
  })

  test('the security administrator changes the policy within its floor, with a reason', async () => {
    const { page, trouble } = await enter()
    const login = await account('security_administrator', city.city)
    await first(page, login)
    await page.getByRole('button', { name: '开始绑定' }).click()
    await page.getByLabel('验证码').fill(codeOf(await keyOn(page), -1))
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: '已保存好' }).click()
    await page.getByRole('link', { name: '登录安全策略' }).click()
    await page.getByLabel('密码有效期').fill('120')
    await page.getByLabel('修改原因').fill('按测评意见调整')
    await page.getByRole('button', { name: '保存策略' }).click()
    await page.getByText('须为 1 至 90 的整数').waitFor()
    expect(await axeFindings(page)).toEqual([])
    await page.getByLabel('密码有效期').fill('60')
    await page.getByRole('button', { name: '保存策略' }).click()
    await page.getByText('密码有效期：90 → 60').waitFor()
    expect(await axeFindings(page)).toEqual([])
    expect(trouble).toEqual([])
  })
})
