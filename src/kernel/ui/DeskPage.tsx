/** The work desk: the cards that domains bring and the post may see. */
import { Link } from '@tanstack/react-router'
import { Alert } from 'antd'
import { lazy, Suspense, useMemo } from 'react'
import { ErrorBoundary } from './ErrorBoundary.tsx'
import { useMounted } from './mounted.tsx'
import { PageHeader } from './PageHeader.tsx'
import { useSession } from './session.tsx'
import { EmptyState, LoadingState } from './states.tsx'
import { hourNow, instantText, today } from './text.web.ts'

const greeting = () => {
  const hour = hourNow()
  return hour < 6 ? '夜深了' : hour < 12 ? '上午好' : hour < 14 ? '中午好' : hour < 18 ? '下午好' : '晚上好'
}

export default function DeskPage() {
  const { user, may } = useSession()
  const last = user.lastSignIn
  const { desk } = useMounted()
  const cards = useMemo(() => desk.map((card) => ({ ...card, Card: lazy(card.load) })), [desk])
  const shown = cards.filter((c) => may(c.permission))
  return (
    <>
      <PageHeader title="工作台" note={`${greeting()}，${user.name}。今天是 ${today()}。${last ? `上次登录 ${instantText(last.at)}，来自 ${last.address ?? '未知地址'}。` : ''}`} />
      {Boolean(last?.failuresSince) && <Alert type="warning" showIcon title={`上次登录以来，有人 ${last!.failuresSince} 次登录您的账号没有成功。`} description={<>如果不是您本人，请到<Link to="/account">我的账号</Link>查看，并修改密码。</>} style={{ marginBlockEnd: 16 }} />}
      {shown.length === 0 && (
        <EmptyState title={user.hat ? '目前没有需要您办理的事项' : '您还没有有效的岗位'} hint={user.hat ? '左侧菜单里是您可以使用的功能，也可以按 Ctrl+K 搜索。' : '岗位可能已经到期。请联系本单位的系统管理员为您安排岗位。'} />
      )}
      <div className="desk">
        {shown.map(({ id, span, Card }) => (
          <div key={id} className={span === 'wide' ? 'is-wide' : undefined}>
            <ErrorBoundary>
              <Suspense fallback={<LoadingState />}>
                <Card />
              </Suspense>
            </ErrorBoundary>
          </div>
        ))}
      </div>
    </>
  )
}
