/** Statutory reports as seen by the server: filling, review, locks. The forms themselves come from the domains. */
import { sql } from 'kysely'
import { registerAttachable } from '../attachments/attachable.ts'
import { defineDomain } from '../domain.ts'
import { followOrganizations } from '../org/change/followers.ts'
import { factColumns, factJoins, mayDo, type FactRow } from './facts.ts'
import { isLocked, LOCKED } from './filing.ts'
import { filingHandlers } from './filing.procedures.ts'
import { followPlaces } from './places.ts'
import { periodOf, reportNamed } from './registry.ts'
import { reviewHandlers } from './review.procedures.ts'

followOrganizations(followPlaces)
// Evidence goes with the form: what was handed in keeps what it was handed in with. A reviewer may add at any time.
registerAttachable({
  entity: 'reports.filing', label: '报表',
  find: async (trx, id) => {
    const row = await trx.one<FactRow>(sql`SELECT ${factColumns} FROM reports.filing f ${factJoins} WHERE f.id = ${id}`)
    if (!row) return undefined
    const locked = await isLocked(trx, row.form, periodOf(row.periodStart, row.months), row.organizationId)
    const can = mayDo(trx, row, locked)
    const may = can.includes('save') || can.includes('remark')
    const files = trx.actor?.permissions.includes('report.file')
    return {
      organizationId: row.organizationId, orgPath: row.orgPath, evidence: true, may, whyNot: may || !files ? undefined : locked ? LOCKED : '报表已提交，附件不能再改动；需要补充的，请先撤回报表。',
      items: reportNamed(row.form, row.formVersion).items.map((i) => i.code),
    }
  },
})
registerAttachable({
  entity: 'reports.publication', label: '发布',
  find: async (trx, id) => {
    const row = await trx.one<{ path: string }>(sql`SELECT org_path AS path FROM reports.publication WHERE id = ${id}`)
    return row && { organizationId: null, orgPath: row.path, may: !!trx.actor?.permissions.includes('report.publish') }
  },
})

export const reportsDomain = defineDomain({
  name: 'reports',
  knows: [],
  entities: [],
  handlers: [...filingHandlers, ...reviewHandlers],
  constraints: {
    lock_once: '这一期已经锁定，不需要重复锁定。',
    publication_frozen: '已发布的数据不能修改；如有更正，请重新发布为新的一版。',
    filing_once: '这个机构的这张报表已经存在，请刷新后再填。',
  },
})
