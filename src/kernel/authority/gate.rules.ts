/** What a session reaches whose person must first do something: that, who one is, and the way out. */
export type Gate = 'password' | 'second-factor'

const ALWAYS = ['session.current', 'session.sign-out']
export const REACHABLE: Record<Gate, readonly string[]> = {
  password: [...ALWAYS, 'session.change-password'],
  'second-factor': [...ALWAYS, 'session.prove', 'account.begin-second-factor', 'account.confirm-second-factor'],
}
export const GATE_CODES: Record<Gate, string> = { password: 'password_change_required', 'second-factor': 'second_factor_required' }
export const GATE_SENTENCES: Record<Gate, string> = {
  password: '您的密码是初始密码或已到期，请先修改密码。',
  'second-factor': '您的岗位必须使用双因素登录，请先启用动态验证码。',
}
