/** Credit codes with right check characters that belong to nobody: organisation codes from 9 000 0000 up. */
import { organizationCodeCheck, usccCheck } from '../../kernel/org/organization/uscc.rules.ts'

export type Register = '11' | '12' | '13' | '51'

export function inventedUscc(register: Register, registration: string, id: number): string {
  const body = String(90_000_000 + id)
  const first17 = `${register}${registration}${body}${organizationCodeCheck(body)}`
  return first17 + usccCheck(first17)
}
