import { expect, test } from 'vitest'
import { foreignCurrency } from './currency.rules.ts'

test.each([
  ['Cost ($)', '美元'], ['电费（US$）', '美元'], ['Cost USD', '美元'], ['cost_usd', '美元'], ['Annual cost in dollars', '美元'], ['Dollar amount', '美元'], ['电费（美元）', '美元'], ['费用＄', '美元'],
  ['Cost (€)', '欧元'], ['Kosten EUR', '欧元'], ['Cost £', '英镑'], ['Cost (GBP)', '英镑'], ['费用（港币）', '港元'], ['HK$', '港元'], ['Cost NT$', '新台币'], ['Total (XAF)', '中非法郎'], ['费用（外币）', '外币'], ['Cost ₦', '外币'], ['電気料金（円）', '日元'],
  // 人民币, or no money at all.
  ['电费（元）', null], ['电费', null], ['Cost', null], ['Cost (¥)', null], ['费用￥', null], ['Cost (CNY)', null], ['cost_rmb', null], ['水费（含税）', null], ['COST ALL', null], ['Cost MXN', '墨西哥比索'], ['Total all', null], ['Euroheat', null], ['费用（万元）', null], ['Cost (RMB)', null], ['', null],
])('%s → %s', (heading, currency) => expect(foreignCurrency(heading)).toBe(currency))
