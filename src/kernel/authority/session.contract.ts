import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'

export const hat = z.object({
  postId: z.int(),
  /** The hat is a grant to the post at another place. */
  entitlementId: z.int().nullable(),
  role: z.string(),
  roleLabel: z.string(),
  organizationId: z.int(),
  organizationName: z.string(),
  /** For whom one stands in. */
  deputyFor: z.string().nullable(),
})
export const currentUser = z.object({
  personId: z.int(),
  name: z.string(),
  login: z.string(),
  sample: z.boolean(),
  /** The post worn now; null while none is valid. */
  hat: hat.extend({ orgPath: z.string(), kind: z.string(), permissions: z.array(z.string()) }).nullable(),
  hats: z.array(hat),
  /** Sent back in the header x-gongxie-token with every POST. */
  token: z.string(),
  /** What must be done before anything else: a first or expired password is changed, a second factor enrolled. */
  gate: z.enum(['password', 'second-factor']).nullable(),
  /** A second factor is enrolled: critical acts ask for its code instead of the password. */
  secondFactor: z.boolean(),
  /** The sign-in before this one, so that its owner notices a foreign one. */
  lastSignIn: z.object({ at: z.string(), address: z.string().nullable(), failuresSince: z.int() }).nullable(),
})
export type CurrentUser = z.output<typeof currentUser>
/** The password was right; the ticket waits a few minutes for the code. It is no session. */
const secondStep = z.object({ ticket: z.string() })
const entered = z.union([currentUser, secondStep])
const ok = z.object({ ok: z.literal(true) })

const login = z.string().trim().min(1, '请填写登录名').max(100)
const newPassword = z.string().max(1000)
/** Six digits of the app, or one of the recovery codes. */
const code = z.string().trim().min(6, '请填写验证码').max(20, '验证码为 6 位数字，恢复码为 10 位').transform((c) => c.replace(/[\s-]/g, '').toUpperCase())

export const entrance = operation({
  id: 'session.entrance', method: 'GET', path: '/session/entrance', label: '登录页须知', access: 'public',
  input: z.strictObject({}),
  output: z.object({
    password: z.object({ length: z.int(), classes: z.int() }),
    singleSignOn: z.object({ label: z.string() }).nullable(),
    /** There is no account yet: the code of the first start is waited for. */
    welcome: z.boolean(),
  }),
})
export const signIn = operation({
  id: 'session.sign-in', method: 'POST', path: '/session/sign-in', label: '登录', access: 'public', whole: { hats: 'the posts of one person' }, rate: 'sign-in',
  // A password that is too long is a wrong one like any other.
  input: z.strictObject({ login, password: z.string().min(1, '请填写密码').max(1000) }),
  output: entered,
})
export const secondFactor = operation({
  id: 'session.second-factor', method: 'POST', path: '/session/second-factor', label: '登录第二步：验证码', access: 'public', whole: { hats: 'the posts of one person' }, rate: 'sign-in',
  input: z.strictObject({ ticket: z.string().max(100), code }), output: currentUser,
})
export const recover = operation({
  id: 'session.recover', method: 'POST', path: '/session/recover', label: '忘记密码：凭第二因素重设', access: 'public', rate: 'sign-in',
  input: z.strictObject({ login, code, next: newPassword }), output: ok,
})
export const beginSingleSignOn = operation({
  id: 'session.single-sign-on', method: 'POST', path: '/session/single-sign-on', label: '单点登录：前往认证中心', access: 'public', rate: 'sign-in',
  input: z.strictObject({}), output: z.object({ url: z.string() }),
})
export const finishSingleSignOn = operation({
  id: 'session.single-sign-on-return', method: 'POST', path: '/session/single-sign-on/return', label: '单点登录：从认证中心返回', access: 'public', whole: { hats: 'the posts of one person' }, rate: 'sign-in',
  /** What stood behind `?` when the browser came back. */
  input: z.strictObject({ search: z.string().max(4000) }), output: z.union([currentUser, secondStep, z.object({ linked: z.literal(true) })]),
})
const administrator = z.strictObject({
  name: z.string().trim().min(2, '请填写姓名').max(40),
  login: z.string().trim().toLowerCase().regex(/^[a-z0-9][a-z0-9._-]{2,60}$/, '登录名用 3 位以上小写字母、数字、点、横线'),
  password: newPassword,
})
export const welcome = operation({
  id: 'session.welcome', method: 'POST', path: '/session/welcome', label: '首次启用：设立三员', access: 'public', rate: 'sign-in',
  input: z.strictObject({ code: z.string().trim().max(60), system: administrator, security: administrator, audit: administrator }), output: ok,
})

export const whoAmI = operation({
  id: 'session.current', method: 'GET', path: '/session', label: '当前登录人', access: 'signed-in', whole: { hats: 'the posts of one person' },
  input: z.strictObject({}), output: currentUser,
})
export const signOut = operation({
  id: 'session.sign-out', method: 'POST', path: '/session/sign-out', label: '退出', access: 'signed-in',
  input: z.strictObject({}), output: ok,
})
export const wearHat = operation({
  id: 'session.wear-hat', method: 'POST', path: '/session/hat', label: '切换岗位', access: 'signed-in', whole: { hats: 'the posts of one person' },
  input: z.strictObject({ postId: z.int(), entitlementId: z.int().nullish() }), output: currentUser,
})
export const changePassword = operation({
  id: 'session.change-password', method: 'POST', path: '/session/password', label: '修改自己的密码', access: 'signed-in',
  input: z.strictObject({ current: z.string().max(1000), next: newPassword }), output: ok,
})
/** Proves again who sits here; the session gets a new token. */
export const prove = operation({
  id: 'session.prove', method: 'POST', path: '/session/prove', label: '关键操作前验证身份', access: 'signed-in', whole: { hats: 'the posts of one person' },
  input: z.strictObject({ password: z.string().max(1000).optional(), code: code.optional() }), output: currentUser,
})
export const ownAccount = operation({
  id: 'account.read', method: 'GET', path: '/account', label: '我的账号', access: 'signed-in', whole: { sessions: 'at most ten at once by the policy', identities: 'the providers of one person', events: 'the last 20' },
  input: z.strictObject({}),
  output: z.object({
    password: z.object({ set: z.boolean(), changedAt: z.string(), expiresAt: z.string().nullable() }),
    secondFactor: z.object({ confirmedAt: z.string(), recoveryCodes: z.int() }).nullable(),
    /** A role held by this person demands it, so that it cannot be given up. */
    secondFactorRequired: z.boolean(),
    sessions: z.array(z.object({ id: z.int(), here: z.boolean(), since: z.string(), lastSeen: z.string(), address: z.string().nullable(), agent: z.string().nullable(), method: z.string() })),
    identities: z.array(z.object({ id: z.int(), issuer: z.string(), subject: z.string(), linkedAt: z.string(), usedAt: z.string().nullable() })),
    events: z.array(z.object({ at: z.string(), kind: z.string(), address: z.string().nullable(), agent: z.string().nullable() })),
  }),
})
/** What is kept about oneself, as a workbook (PIPL article 45). */
export const ownPersonalData = operation({
  id: 'account.personal-data', method: 'GET', path: '/account/personal-data', label: '导出自己的个人信息', access: 'signed-in', binary: true, stepUp: true,
  input: z.strictObject({}), output: z.any(),
})
export const endSession = operation({
  id: 'account.end-session', method: 'POST', path: '/account/sessions/:id/end', label: '退出自己在别处的登录', access: 'signed-in',
  input: z.strictObject({ id: z.coerce.number().int().positive() }), output: ok,
})
export const endOtherSessions = operation({
  id: 'account.end-other-sessions', method: 'POST', path: '/account/sessions/end-others', label: '退出自己的其他全部登录', access: 'signed-in',
  input: z.strictObject({}), output: z.object({ ended: z.int() }),
})
export const beginSecondFactor = operation({
  id: 'account.begin-second-factor', method: 'POST', path: '/account/second-factor', label: '启用双因素：取得密钥', access: 'signed-in', stepUp: true,
  input: z.strictObject({}), output: z.object({ secret: z.string(), uri: z.string() }),
})
export const confirmSecondFactor = operation({
  id: 'account.confirm-second-factor', method: 'POST', path: '/account/second-factor/confirm', label: '启用双因素：核对验证码', access: 'signed-in', stepUp: true,
  input: z.strictObject({ code }), output: z.object({ recoveryCodes: z.array(z.string()) }),
})
export const renewRecoveryCodes = operation({
  id: 'account.renew-recovery-codes', method: 'POST', path: '/account/recovery-codes', label: '重新生成恢复码', access: 'signed-in', stepUp: true,
  input: z.strictObject({}), output: z.object({ recoveryCodes: z.array(z.string()) }),
})
export const removeSecondFactor = operation({
  id: 'account.remove-second-factor', method: 'POST', path: '/account/second-factor/remove', label: '停用自己的双因素', access: 'signed-in', stepUp: true,
  input: z.strictObject({}), output: ok,
})
export const linkSingleSignOn = operation({
  id: 'account.link-single-sign-on', method: 'POST', path: '/account/single-sign-on', label: '关联单点登录', access: 'signed-in', stepUp: true,
  input: z.strictObject({}), output: z.object({ url: z.string() }),
})
export const unlinkSingleSignOn = operation({
  id: 'account.unlink-single-sign-on', method: 'POST', path: '/account/single-sign-on/:id/unlink', label: '解除单点登录关联', access: 'signed-in', stepUp: true,
  input: z.strictObject({ id: z.coerce.number().int().positive() }), output: ok,
})
