import { sql } from 'kysely'
import { forbidden, versionConflict } from '../contract/problem.rules.ts'
import { handle } from '../domain.ts'
import { readPolicy, updatePolicy } from './policy.contract.ts'
import { policyOf } from './policy.ts'
import { BOUNDS, FIGURES, HASHES, PROFILES, type Policy } from './policy.rules.ts'
import { roleLabel } from './roles.rules.ts'
import { forgetSessions } from './session.procedures.ts'

const snake = (name: string) => name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)
const labels = new Map<string, string>([...FIGURES.map((f) => [snake(f), BOUNDS[f].label] as [string, string]), ['profile', '策略'], ['hash', '密码存储算法'], ['second_factor_roles', '必须使用双因素的岗位']])
function words(column: string, value: unknown): string {
  if (Array.isArray(value)) return value.map((r) => roleLabel(String(r))).join('、')
  if (column === 'profile') return PROFILES[value as Policy['profile']]?.label ?? String(value)
  if (column === 'hash') return HASHES[value as Policy['hash']] ?? String(value)
  return String(value)
}

export const policyHandlers = [
  handle(readPolicy, async (trx) => {
    const rows = await trx.rows<{ at: string; actorName: string; reason: string | null; changes: Record<string, [unknown, unknown]> }>(sql`
      SELECT at, actor_name AS "actorName", reason, changes FROM audit.change WHERE entity = 'auth.policy' AND record_id = 1 AND action = 'update' ORDER BY id DESC LIMIT 50`)
    return {
      policy: (await policyOf(trx)) as never,
      history: rows.map((r) => ({ at: r.at, actorName: r.actorName, reason: r.reason, changes: Object.entries(r.changes).map(([c, [before, after]]) => ({ label: labels.get(c) ?? c, before: words(c, before), after: words(c, after) })) })),
    }
  }),
  handle(updatePolicy, async (trx, { version, reason, ...v }) => {
    if ((await policyOf(trx)).version !== version) throw versionConflict()
    await trx.because({ reason })
    const n = await trx.run(sql`
      UPDATE auth.policy SET profile = ${v.profile}, password_length = ${v.passwordLength}, password_classes = ${v.passwordClasses}, password_days = ${v.passwordDays}, password_history = ${v.passwordHistory},
        hash = ${v.hash}, failures = ${v.failures}, lock_minutes = ${v.lockMinutes}, address_burst = ${v.addressBurst}, address_per_minute = ${v.addressPerMinute}, idle_minutes = ${v.idleMinutes},
        absolute_hours = ${v.absoluteHours}, sessions = ${v.sessions}, prove_minutes = ${v.proveMinutes}, second_factor_roles = ${v.secondFactorRoles}::text[] WHERE version = ${version}`)
    // What concerns the whole city is written at its root only.
    if (!n) throw forbidden()
    forgetSessions()
    return { policy: (await policyOf(trx)) as never }
  }),
]
