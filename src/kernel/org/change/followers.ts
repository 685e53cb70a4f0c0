/** Told after organisations were restructured or corrected, in its transaction: who keeps something by place follows. */
import type { Transaction } from '../../db/database.ts'

/** Forms that were filed before the books said where their organisation stood. */
export interface FormsTouched {
  /** Stand in another region or category than they did. */
  moved: number
  /** Of these, those in the totals, and those in something published, which stays as it is. */
  counted: number
  published: number
  /** Handed in by an organisation for a time when it had already ended. */
  afterEnd: number
}
export type OrganizationsChanged = (trx: Transaction, organizationIds: number[]) => Promise<FormsTouched | void>
const followers: OrganizationsChanged[] = []
export function followOrganizations(follower: OrganizationsChanged): void {
  if (!followers.includes(follower)) followers.push(follower)
}

export async function tellOfOrganizations(trx: Transaction, organizationIds: number[]): Promise<FormsTouched> {
  const touched: FormsTouched = { moved: 0, counted: 0, published: 0, afterEnd: 0 }
  if (organizationIds.length)
    for (const follow of followers) {
      const found = await follow(trx, organizationIds)
      if (found) for (const of of Object.keys(touched) as (keyof FormsTouched)[]) touched[of] += found[of]
    }
  return touched
}
