/** Chinese words for schema messages and dates; no code made from strings, which the page's policy forbids. */
import dayjs from 'dayjs'
import 'dayjs/locale/zh-cn'
import { config } from 'zod'
import { zhCN } from 'zod/locales'

config({ ...zhCN(), jitless: true })
dayjs.locale('zh-cn')
