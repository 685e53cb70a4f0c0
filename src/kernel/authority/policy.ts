import { sql } from 'kysely'
import type { Transaction } from '../db/database.ts'
import type { Policy } from './policy.rules.ts'

const policyColumns = sql`
  version, profile, password_length AS "passwordLength", password_classes AS "passwordClasses", password_days AS "passwordDays", password_history AS "passwordHistory", hash,
  failures, lock_minutes AS "lockMinutes", address_burst AS "addressBurst", address_per_minute AS "addressPerMinute", idle_minutes AS "idleMinutes",
  absolute_hours AS "absoluteHours", sessions, prove_minutes AS "proveMinutes", second_factor_roles AS "secondFactorRoles"`
export const policyOf = async (trx: Transaction): Promise<Policy> => (await trx.one<Policy>(sql`SELECT ${policyColumns} FROM auth.policy`))!
