/** Attachments as seen by the server: files that belong to records, their store and its keeping. */
import { defineDomain } from '../domain.ts'
import { attachmentHandlers } from './attachment.procedures.ts'
import { keepingJobs } from './keeping.ts'

export const attachmentsDomain = defineDomain({
  name: 'attachments',
  knows: [],
  entities: [],
  handlers: attachmentHandlers,
  jobs: keepingJobs,
  constraints: {
    attachment_edition: '别人刚刚上传了这份文件的新版，请刷新后再传。',
    attachment_name: '文件名太长，请改短后再上传。',
  },
})
