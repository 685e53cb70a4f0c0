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
})
export type CurrentUser = z.output<typeof currentUser>

export const signIn = operation({
  id: 'session.sign-in', method: 'POST', path: '/session/sign-in', label: '登录', access: 'public', rate: 'sign-in',
  input: z.strictObject({ login: z.string().trim().min(1, '请填写登录名').max(100), password: z.string().min(1, '请填写密码').max(128) }),
  output: currentUser,
})
export const whoAmI = operation({
  id: 'session.current', method: 'GET', path: '/session', label: '当前登录人', access: 'signed-in',
  input: z.strictObject({}), output: currentUser,
})
export const signOut = operation({
  id: 'session.sign-out', method: 'POST', path: '/session/sign-out', label: '退出', access: 'signed-in',
  input: z.strictObject({}), output: z.object({ ok: z.literal(true) }),
})
export const wearHat = operation({
  id: 'session.wear-hat', method: 'POST', path: '/session/hat', label: '切换岗位', access: 'signed-in',
  input: z.strictObject({ postId: z.int(), entitlementId: z.int().nullish() }), output: currentUser,
})
export const changePassword = operation({
  id: 'session.change-password', method: 'POST', path: '/session/password', label: '修改自己的密码', access: 'signed-in',
  input: z.strictObject({ current: z.string().max(128), next: z.string().max(128) }),
  output: z.object({ ok: z.literal(true) }),
})
