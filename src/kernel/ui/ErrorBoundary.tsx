import { Button, Result } from 'antd'
import { Component, type ReactNode } from 'react'

/** A page that breaks leaves the frame standing and says what to do; drafts stay in this browser. */
export class ErrorBoundary extends Component<{ children: ReactNode; resetKey?: string }, { failed: Error | null }> {
  override state = { failed: null as Error | null }

  static getDerivedStateFromError(failed: Error) {
    return { failed }
  }

  override componentDidUpdate(before: { resetKey?: string }) {
    if (before.resetKey !== this.props.resetKey && this.state.failed) this.setState({ failed: null })
  }

  override render() {
    const { failed } = this.state
    if (!failed) return this.props.children
    // After an update of the platform the old page asks for parts that are gone.
    const outdated = /dynamically imported module|Importing a module script|module script/i.test(failed.message)
    return (
      <Result
        status="warning"
        title={outdated ? '平台刚刚更新过' : '这个页面出了问题'}
        subTitle={outdated ? '请刷新页面，使用新版本继续。' : '您填写中的内容已保存在本机。请刷新页面再试；若仍出现，请把操作步骤告诉系统管理员。'}
        extra={<Button type="primary" onClick={() => location.reload()}>刷新页面</Button>}
      />
    )
  }
}
