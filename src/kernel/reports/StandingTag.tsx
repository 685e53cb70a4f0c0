/** How a filing stands, in words and a colour that is not the only sign. */
import { Tag } from 'antd'
import { STANDINGS } from './filing.contract.ts'

export type Standing = keyof typeof STANDINGS
const COLOURS: Record<Standing, string> = { missing: 'default', draft: 'default', submitted: 'processing', returned: 'error', accepted1: 'success', accepted2: 'success' }

export const StandingTag = ({ standing }: { standing: Standing }) => <Tag color={COLOURS[standing]} className="standing" style={{ marginInlineEnd: 8 }}>{STANDINGS[standing]}</Tag>
