/** Pages of one's own account and of the rules of signing in. */
import { defineScreens } from '../ui/screens.web.ts'

export const authorityScreens = defineScreens({
  screens: [
    { path: '/account', label: '我的账号', area: 'system', words: '密码 双因素 验证码 恢复码 登录 单点登录', load: () => import('./account/AccountPage.tsx') },
    { path: '/policy', label: '登录安全策略', area: 'system', menu: true, permission: 'security.decide', words: '密码策略 锁定 双因素 等保 安全', load: () => import('./PolicyPage.tsx') },
  ],
})
