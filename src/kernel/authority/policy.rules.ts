/** What the security administrator decides about signing in, and the floors that a profile sets. */
export interface Policy {
  version: number
  profile: Profile
  passwordLength: number
  passwordClasses: number
  /** Days until a password must be changed; 0: never. */
  passwordDays: number
  passwordHistory: number
  hash: 'argon2id' | 'pbkdf2-sm3'
  failures: number
  lockMinutes: number
  addressBurst: number
  addressPerMinute: number
  idleMinutes: number
  absoluteHours: number
  sessions: number
  proveMinutes: number
  secondFactorRoles: string[]
}
export type Profile = 'GB-L3' | 'NIST'

type Figure = Exclude<keyof Policy, 'version' | 'profile' | 'hash' | 'secondFactorRoles'>
export interface Bound { label: string; unit: string; least: number; most: number; note?: string }

export const BOUNDS: Record<Figure, Bound> = {
  passwordLength: { label: '密码最短长度', unit: '位', least: 12, most: 64 },
  passwordClasses: { label: '至少包含的字符类别', unit: '类', least: 1, most: 4, note: '大写字母、小写字母、数字、符号' },
  passwordDays: { label: '密码有效期', unit: '天', least: 0, most: 365, note: '0 表示不要求定期更换' },
  passwordHistory: { label: '不得与最近几次相同', unit: '次', least: 0, most: 24 },
  failures: { label: '连续输错几次锁定账号', unit: '次', least: 3, most: 10 },
  lockMinutes: { label: '锁定时间', unit: '分钟', least: 5, most: 1440 },
  addressBurst: { label: '同一网络地址可连续失败', unit: '次', least: 10, most: 10_000, note: '许多人共用一个出口地址时可调大' },
  addressPerMinute: { label: '同一网络地址每分钟恢复', unit: '次', least: 1, most: 6000 },
  idleMinutes: { label: '无操作自动退出', unit: '分钟', least: 5, most: 30 },
  absoluteHours: { label: '一次登录最长', unit: '小时', least: 1, most: 12 },
  sessions: { label: '一个账号同时登录', unit: '处', least: 1, most: 10, note: '再多时最早的一处退出' },
  proveMinutes: { label: '关键操作前多久内须验证过身份', unit: '分钟', least: 1, most: 15 },
}

export const PROFILES: Record<Profile, { label: string; basis: string; values: Pick<Policy, 'passwordLength' | 'passwordClasses' | 'passwordDays' | 'passwordHistory'>; floor: Partial<Record<Figure, [least: number, most: number]>> }> = {
  'GB-L3': {
    label: '等保三级', basis: 'GB/T 22239-2019 8.1.4.1：口令有复杂度要求并定期更换',
    values: { passwordLength: 12, passwordClasses: 3, passwordDays: 90, passwordHistory: 5 },
    floor: { passwordLength: [12, 64], passwordClasses: [3, 4], passwordDays: [1, 90], passwordHistory: [5, 24] },
  },
  NIST: {
    label: 'NIST', basis: 'NIST SP 800-63B-4：长口令，不要求复杂度和定期更换',
    values: { passwordLength: 15, passwordClasses: 1, passwordDays: 0, passwordHistory: 0 },
    floor: { passwordLength: [15, 64] },
  },
}
/** They always sign in with a second factor, whatever else is decided (GB/T 22239-2019 8.1.4.1 d). */
export const ALWAYS_SECOND_FACTOR = ['system_administrator', 'security_administrator', 'audit_administrator'] as const

export function boundOf(profile: Profile, figure: Figure): Bound {
  const [least, most] = PROFILES[profile].floor[figure] ?? [BOUNDS[figure].least, BOUNDS[figure].most]
  return { ...BOUNDS[figure], least, most }
}
export const FIGURES = Object.keys(BOUNDS) as Figure[]
export const HASHES: Record<Policy['hash'], string> = { argon2id: 'Argon2id', 'pbkdf2-sm3': 'PBKDF2-HMAC-SM3（国密）' }
