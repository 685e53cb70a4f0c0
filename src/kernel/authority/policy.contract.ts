/** The rules of signing in as data: read and changed by the security administrator, with a reason. */
import { z } from 'zod'
import { operation } from '../contract/contract.rules.ts'
import { ALWAYS_SECOND_FACTOR, BOUNDS, boundOf, FIGURES, PROFILES, type Profile } from './policy.rules.ts'
import { ROLES } from './roles.rules.ts'

const figure = (name: keyof typeof BOUNDS) => z.int(`请填整数`).min(BOUNDS[name].least, `不能小于 ${BOUNDS[name].least}`).max(BOUNDS[name].most, `不能大于 ${BOUNDS[name].most}`)
const values = {
  profile: z.enum(Object.keys(PROFILES) as [Profile, ...Profile[]]),
  passwordLength: figure('passwordLength'), passwordClasses: figure('passwordClasses'), passwordDays: figure('passwordDays'), passwordHistory: figure('passwordHistory'),
  hash: z.enum(['argon2id', 'pbkdf2-sm3']),
  failures: figure('failures'), lockMinutes: figure('lockMinutes'), addressBurst: figure('addressBurst'), addressPerMinute: figure('addressPerMinute'),
  idleMinutes: figure('idleMinutes'), absoluteHours: figure('absoluteHours'), sessions: figure('sessions'), proveMinutes: figure('proveMinutes'),
  secondFactorRoles: z.array(z.enum(Object.keys(ROLES) as [keyof typeof ROLES, ...(keyof typeof ROLES)[]])).max(20),
}
export const policyRow = z.object({ ...values, version: z.int() })
const entry = z.object({ at: z.string(), actorName: z.string(), reason: z.string().nullable(), changes: z.array(z.object({ label: z.string(), before: z.string(), after: z.string() })) })

export const readPolicy = operation({
  id: 'policy.read', method: 'GET', path: '/policy', label: '查看登录安全策略', access: 'security.decide', whole: { history: 'the last 50' },
  input: z.strictObject({}), output: z.object({ policy: policyRow, history: z.array(entry) }),
})
export const updatePolicy = operation({
  id: 'policy.update', method: 'POST', path: '/policy', label: '修改登录安全策略', access: 'security.decide', stepUp: true,
  input: z.strictObject({ ...values, version: z.int(), reason: z.string().trim().min(2, '请写明修改原因').max(300) }).superRefine((v, c) => {
    for (const name of FIGURES) {
      const { label, least, most, unit } = boundOf(v.profile, name)
      if (v[name] < least || v[name] > most) c.addIssue({ code: 'custom', path: [name], message: `“${PROFILES[v.profile].label}”要求${label}为 ${least} 至 ${most} ${unit}` })
    }
    for (const role of ALWAYS_SECOND_FACTOR) if (!v.secondFactorRoles.includes(role)) c.addIssue({ code: 'custom', path: ['secondFactorRoles'], message: `${ROLES[role].label}必须使用双因素` })
  }),
  output: z.object({ policy: policyRow }),
})
