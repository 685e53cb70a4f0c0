/** Events at the door and browsers, in words. */
export const EVENTS: Record<string, string> = {
  'signed-in': '登录', refused: '登录失败', locked: '多次输错，账号锁定', 'signed-out': '退出', 'session-ended': '退出了别处的登录', 'session-displaced': '登录处数过多，最早的一处退出',
  proved: '关键操作前验证身份', 'prove-refused': '验证身份失败', 'password-changed': '修改密码', 'password-recovered': '凭双因素重设密码', 'password-reset': '管理员重置密码',
  'second-factor-enrolled': '启用双因素', 'second-factor-removed': '停用双因素', 'recovery-codes-renewed': '重新生成恢复码', 'recovery-code-used': '使用了一个恢复码',
  'single-sign-on-linked': '关联单点登录', 'single-sign-on-unlinked': '解除单点登录关联', 'single-sign-on-refused': '单点登录失败', welcomed: '首次启用设立', suspended: '账号停用', active: '账号恢复',
}

const BROWSERS: readonly [RegExp, string][] = [[/MicroMessenger/, '微信'], [/360SE|360EE|QihooBrowser/, '360 浏览器'], [/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]
const SYSTEMS: readonly [RegExp, string][] = [[/HarmonyOS/, '鸿蒙'], [/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS X/, 'macOS'], [/Linux/, 'Linux']]
/** Roughly, for people; the header can say anything. */
export function browserOf(agent: string | null): string {
  if (!agent) return '—'
  const find = (of: readonly [RegExp, string][]) => of.find(([p]) => p.test(agent))?.[1]
  return [find(BROWSERS) ?? '其他程序', find(SYSTEMS)].filter(Boolean).join(' · ')
}
