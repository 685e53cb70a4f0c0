/** Statutory reports as seen by the server: filling, review, locks. The forms themselves come from the domains. */
import { defineDomain } from '../domain.ts'
import { filingHandlers } from './filing.procedures.ts'
import { reviewHandlers } from './review.procedures.ts'

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
