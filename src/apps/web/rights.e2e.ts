/** Rights from the first proposal to the last hand-over, as the people who do it see them. */
import { sql } from 'kysely'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { axeFindings, chromiumPath, signInAs, visit, type Visit } from '../../kernel/test/browser.ts'
import { testDatabase } from '../../kernel/test/database.ts'
import { buildFixture } from '../../kernel/test/fixture.ts'
import { PASSWORD, testSite } from '../../kernel/test/site.ts'
import { domains } from '../domains.ts'

const database = await testDatabase()
const { db } = database
const city = await buildFixture(db)
const site = await testSite(database, domains, { jobs: true })
const people = {
  sys: await city.actorAt(city.city, 'system_administrator'), sec: await city.actorAt(city.city, 'security_administrator'), audit: await city.actorAt(city.city, 'audit_administrator'),
  town: await city.actorAt(city.city, 'city_reviewer'), district: await city.actorAt(city.yuzhong, 'district_reviewer'), head: await city.actorAt(city.school, 'responsible'), clerk: await city.actorAt(city.school, 'filler'),
}
for (const [login, actor] of Object.entries(people)) await site.account(actor, `${login}.one`)
await db.asSystem('test', (trx) => trx.run(sql`UPDATE org.organization SET contact_person = '张三', contact_phone = '13987654321' WHERE id = ${city.school}`))
await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.person SET phone = '13711112222'`))

const shots = process.env.GONGXIE_SHOTS
async function as(login: keyof typeof people, run: (page: Page, look: (name: string) => Promise<void>) => Promise<void>, phone = false): Promise<void> {
  const v: Visit = await visit({ baseURL: site.baseURL, phone })
  try {
    v.page.setDefaultTimeout(15_000)
    await signInAs(v.page, `${login}.one`, PASSWORD)
    await run(v.page, async (name) => {
      await v.page.waitForLoadState('networkidle')
      await v.page.waitForTimeout(400)
      if (shots) await v.page.screenshot({ path: `${shots}/${name}${phone ? '-phone' : ''}.png` })
      expect(await axeFindings(v.page), name).toEqual([])
    })
    expect(v.trouble).toEqual([])
  } catch (error) {
    if (shots) await v.page.screenshot({ path: `${shots}/failed-${login}${phone ? '-phone' : ''}.png` })
    throw error
  } finally {
    await v.close()
  }
}
const choose = async (page: Page, label: string, text: string, option: string) => {
  const field = page.getByLabel(label, { exact: true }).last()
  await field.focus()
  await page.keyboard.press('ArrowDown')
  await page.locator('.ant-select-dropdown:visible').first().waitFor()
  await page.keyboard.type(text)
  await page.locator('.ant-select-dropdown:visible .ant-select-item-option', { hasText: option }).first().click()
}
/** antd puts a space between two characters of a button. */
const button = (page: Page, ...names: string[]) => page.getByRole('button', { name: new RegExp(`^(${names.map((n) => [...n].join('\\s?')).join('|')})$`) })

describe.skipIf(!chromiumPath())('rights', () => {
  test('the system administrator proposes', async () => {
    await as('sys', async (page, look) => {
      expect(await page.getByRole('link', { name: '公共机构名录' }).count()).toBe(0)
      await page.getByRole('link', { name: '人员与岗位' }).click()
      await page.getByRole('button', { name: people.clerk.name }).waitFor()
      await look('people')
      await page.getByRole('button', { name: '新增人员' }).click()
      await page.getByLabel('姓名', { exact: true }).fill('王小梅')
      await page.getByLabel('登录名').fill('wang.xiaomei')
      await choose(page, '任职单位', '教育', '渝中区教育委员会')
      await choose(page, '岗位', '', '区县（主管部门）审核人')
      await page.getByLabel('依据').fill('渝中教委〔2026〕9 号')
      await look('add-person')
      await button(page, '新增').click()
      await page.getByText('岗位已提交审批').waitFor()
      await look('password')
      await page.getByRole('button', { name: '已记下' }).click()
      await page.getByRole('button', { name: people.clerk.name }).click()
      await page.getByRole('button', { name: '另外授权' }).waitFor()
      await look('person')
      await page.getByRole('button', { name: '另外授权' }).click()
      await choose(page, '角色', '', '单位负责人')
      await page.getByLabel('到哪一天').fill('2099-12-31')
      await page.keyboard.press('Enter')
      await page.getByLabel('原因或依据').fill('负责人出国期间')
      await look('entitle')
      await button(page, '确认').click()
      await page.getByText('已提交审批').first().waitFor()
      await page.goto('/proposals?view=mine')
      await page.getByText('任命 王小梅').waitFor()
      await look('proposals-mine')
    })
  })
  test('the security administrator decides', async () => {
    await as('sec', async (page, look) => {
      await page.getByRole('heading', { name: '待审批的授权' }).waitFor()
      await look('desk')
      await page.getByRole('link', { name: '授权申请' }).click()
      await page.getByRole('button', { name: /任命 王小梅/ }).click()
      await page.getByText('增加的权限').waitFor()
      await look('proposal')
      await button(page, '不同意').click()
      await page.getByText('不同意要写明理由').waitFor()
      // What was typed about one is not said of the next.
      await page.getByLabel('审批意见').fill('材料不全，请补任命文件')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /另授/ }).click()
      await page.getByText(/另外授权申请/).waitFor()
      expect(await page.getByLabel('审批意见').inputValue()).toBe('')
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: /任命 王小梅/ }).click()
      await button(page, '同意').click()
      await page.getByText('授权已经生效').waitFor()
      await page.getByRole('checkbox', { name: /另授/ }).check()
      await page.getByRole('button', { name: /批量同意/ }).click()
      await button(page, '同意 1 件').waitFor()
      await look('bulk')
      await button(page, '同意 1 件').click()
      await page.getByText('没有等您审批的申请').waitFor()
    })
  })
  test('of what concerns the only one of them the pages say that nobody can decide it, and what to do', async () => {
    await as('sys', async (page, look) => {
      await page.goto('/people')
      await page.getByRole('button', { name: people.sec.name, exact: true }).click()
      // Nobody's means of signing in that only a command may change are offered.
      await page.getByText('三员的密码和双因素由运维人员用命令行重置').waitFor()
      expect(await page.getByRole('button', { name: '重置密码' }).count()).toBe(0)
      await button(page, '结束').click()
      await page.getByLabel('原因或依据').fill('轮岗')
      await button(page, '确认').click()
      await page.getByText('已提交审批').first().waitFor()
      await page.goto('/proposals?view=mine')
      await page.getByText('平台只有一名安全管理员').waitFor()
      await page.getByText('无人可批').waitFor()
      await page.getByRole('button', { name: /^结束 / }).click()
      await page.getByText('现在没有人能审批这件申请').waitFor()
      await look('stuck')
      await page.getByRole('button', { name: '撤回申请' }).click()
      await page.getByText('已撤回').first().waitFor()
    })
  })
  test('and sees who may do what, and who can see a record without seeing it', async () => {
    await as('sec', async (page, look) => {
      await page.goto('/access')
      await page.getByText('王小梅').waitFor()
      await look('access')
      await page.goto('/access?by=organization&permission=report.submit')
      await page.getByText('另外授权').first().waitFor()
      await look('access-filtered')
      await page.goto('/roles')
      await page.getByRole('columnheader', { name: '填报人' }).waitFor()
      await look('roles')
      await page.goto(`/access/who?subject=organization&id=${city.school}`)
      await page.getByText('上 2 级单位').first().waitFor()
      await look('who-blind')
    })
  })
  test('a district appoints below, hands over, reveals a number, hands out codes', async () => {
    await as('district', async (page, look) => {
      await page.goto(`/organizations/${city.school}`)
      await page.getByText('139****4321').waitFor()
      await page.getByRole('button', { name: '查看完整内容' }).click()
      await page.getByLabel('查看的原因').fill('电话催报')
      await look('reveal')
      await button(page, '查看').click()
      await page.getByText('13987654321').waitFor()
      await page.getByRole('link', { name: '谁能看到' }).click()
      await page.getByText('就在这个单位任职').first().waitFor()
      await look('who')
      await page.goto('/people')
      await page.getByRole('button', { name: people.clerk.name }).click()
      await page.getByRole('button', { name: '离任、调动、借调' }).click()
      await page.getByText('没有未了的事项').waitFor()
      await look('handover')
      await page.getByText('调动', { exact: true }).click()
      await choose(page, '单位', '示范小学', '渝中区示范小学')
      await page.getByLabel('原因或依据').fill('工作需要')
      await button(page, '确认').click()
      await page.getByText('已办理，即时生效').waitFor()
      await page.getByText('交接记录').waitFor()
      await look('handed-over')
      // Who has signed in needs no code.
      await db.asSystem('test', (trx) => trx.run(sql`UPDATE auth.account SET last_sign_in = now() WHERE login = 'head.one'`))
      await page.keyboard.press('Escape')
      await page.getByRole('button', { name: '发放首次登录码' }).click()
      await choose(page, '单位', '教育', '渝中区教育委员会')
      await page.getByLabel('说明').fill('首次发放')
      await button(page, '生成').click()
      await page.getByText('只显示这一次').waitFor()
      await look('codes')
      // A key that slipped does not lose them; on paper there is the list and nothing else, and afterwards one is where one was.
      await page.keyboard.press('Escape')
      await page.emulateMedia({ media: 'print' })
      expect(await page.evaluate('[...document.body.children].filter((e) => e.checkVisibility()).map((e) => e.className)')).toEqual(['on-paper'])
      await page.emulateMedia({ media: null })
      await page.getByRole('button', { name: '已发放完毕' }).click()
      await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('发放首次登录码')
    })
  })
  test('a person asks a colleague to stand in', async () => {
    await as('head', async (page, look) => {
      await page.locator('.frame-person').click()
      await page.getByRole('menuitem', { name: '委托代理…' }).click()
      await page.getByText('代理人在期限内').waitFor()
      await look('deputy')
    })
  })
  test('on a phone', async () => {
    await as('sec', async (page, look) => {
      for (const [path, name] of [['/proposals?view=all', 'proposals'], ['/access', 'access'], ['/roles', 'roles'], [`/access/who?subject=organization&id=${city.school}`, 'who']] as const) {
        await page.goto(path)
        await page.locator('table, .rights-cards').first().waitFor()
        await look(name)
        expect(await page.evaluate('document.documentElement.scrollWidth'), `${path} is no wider than the phone`).toBeLessThanOrEqual(390)
      }
    }, true)
    await as('district', async (page, look) => {
      await page.goto('/people')
      await page.getByRole('button', { name: '王小梅' }).click()
      await look('person')
      await page.getByRole('button', { name: '离任、调动、借调' }).first().click()
      await look('handover')
    }, true)
  })
  test.each([false, true])('personal data is corrected, taken along and taken away (phone %s)', async (phone) => {
    const name = phone ? '离任乙' : '离任甲'
    const person = (await db.asSystem('test', (trx) => trx.one<{ id: number }>(sql`INSERT INTO auth.person (name, phone, org_path) SELECT ${name}, '13911112222', org_path FROM org.organization WHERE id = ${city.school} RETURNING id`)))!.id
    await site.account({ personId: person } as never, phone ? 'gone.two' : 'gone.one')
    await as('sys', async (page, look) => {
      for (const card of ['备份告警', '附件存储', '我提出的授权申请']) await page.getByRole('region', { name: card }).waitFor()
      await look('desk-system')
      await page.goto('/people')
      await page.getByRole('button', { name }).click()
      await page.getByRole('button', { name: '更正姓名、电话' }).click()
      await page.getByLabel('姓名', { exact: true }).fill(`${name}同志`)
      await page.getByLabel('电话', { exact: true }).fill('13900001111')
      await page.getByLabel('原因或依据').fill('本人书面申请')
      await look('correct-person')
      await button(page, '确认').click()
      await page.getByText('已办理，即时生效').first().waitFor()
      await page.getByRole('dialog').getByText('139****1111').waitFor()
      await page.getByRole('button', { name: '删除个人信息' }).click()
      await page.getByLabel('原因或依据').fill('离任，本人书面申请')
      await look('erase-person')
      await button(page, '删除').click()
      await page.getByRole('dialog').getByText(`已删除人员（编号 ${person}）`).waitFor()
      await look('erased-person')
      expect(await page.getByRole('button', { name: '删除个人信息' }).count()).toBe(0)
      await page.goto('/account')
      const saving = page.waitForEvent('download')
      await page.getByRole('button', { name: '导出我的个人信息' }).click()
      expect((await saving).suggestedFilename()).toBe('我的个人信息.xlsx')
      await look('account-data')
    }, phone)
  })
})
