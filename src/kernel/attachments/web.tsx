/** Pages of the attachments: their store. The attachments themselves stand on the pages of their records. */
import { defineScreens } from '../ui/screens.web.ts'

export const attachmentScreens = defineScreens({
  screens: [{ path: '/file-store', label: '附件存储', area: 'system', menu: true, permission: 'system.operate', words: '文件 查毒 杀毒 磁盘 对象存储 限额', load: () => import('./FileStorePage.tsx') }],
  desk: [{ id: 'file-store', permission: 'system.operate', span: 'half', order: 16, load: () => import('./FileStoreCard.tsx') }],
})
