/** The person and the post they wear; changing it is explicit, because it changes what one sees and may do. */
import { useNavigate } from '@tanstack/react-router'
import { App, Dropdown, type MenuProps } from 'antd'
import { lazy, Suspense, useState } from 'react'
import type { CurrentUser } from '../authority/session.contract.ts'
import { problemOf } from './queries.web.ts'
import { useSession } from './session.tsx'
import { useShade, type Shade } from './theme.tsx'

const DeputyDialog = lazy(() => import('../authority/rights/DeputyDialog.tsx'))
const SHADES: Record<Shade, string> = { light: '浅色', dark: '深色', auto: '跟随系统' }
type Hat = CurrentUser['hats'][number]
const keyOf = (h: Hat) => `hat-${h.postId}-${h.entitlementId ?? ''}`
const nameOf = (h: Hat) => `${h.organizationName} · ${h.roleLabel}${h.deputyFor ? `（代${h.deputyFor}）` : ''}`

export function PersonMenu() {
  const { user, wearHat, signOut } = useSession()
  const { shade, setShade } = useShade()
  const { message } = App.useApp()
  const navigate = useNavigate()
  const [deputy, setDeputy] = useState(false)
  const [open, setOpen] = useState(false)

  const wear = async (hat: (typeof user.hats)[number], name: string) => {
    try {
      await wearHat(hat.postId, hat.entitlementId)
      message.success(`已切换到：${name}`)
    } catch (error) {
      message.error(problemOf(error).message)
    }
  }
  const items: MenuProps['items'] = [
    {
      key: 'hats', type: 'group', label: user.hats.length > 1 ? '岗位（点击切换）' : '岗位',
      children: user.hats.map((h) => ({ key: keyOf(h), label: nameOf(h), onClick: () => void wear(h, nameOf(h)) })),
    },
    { type: 'divider' },
    { key: 'shade', type: 'group', label: '外观', children: (Object.keys(SHADES) as Shade[]).map((s) => ({ key: `shade-${s}`, label: SHADES[s], onClick: () => setShade(s) })) },
    { type: 'divider' },
    ...(user.hat && !user.hat.deputyFor && user.hat.entitlementId === null && !user.hat.role.endsWith('_administrator') ? [{ key: 'deputy', label: '委托代理…', onClick: () => setDeputy(true) }] : []),
    { key: 'account', label: '我的账号', onClick: () => void navigate({ to: '/account' }) },
    { key: 'out', label: '退出登录', onClick: () => void signOut() },
  ]
  const chosen = [`shade-${shade}`, ...(user.hat ? [keyOf(user.hat)] : [])]
  return (
    <>
      <Dropdown open={open} onOpenChange={(wanted, { source }) => source === 'trigger' && setOpen(wanted)} trigger={['click']} placement="bottomRight"
        // A menu of several choices stays open by itself: only the looks are tried out in it, everything else leads away.
        menu={{ items, selectable: true, multiple: true, selectedKeys: chosen, onClick: ({ key }) => key.startsWith('shade-') || setOpen(false) }}>
        <button type="button" className="frame-person" aria-haspopup="menu">
          {user.name}
          <span>{user.hat ? nameOf(user.hat) : '没有有效的岗位'}</span>
        </button>
      </Dropdown>
      {deputy && <Suspense><DeputyDialog onClose={() => setDeputy(false)} /></Suspense>}
    </>
  )
}
