import { useBlocker } from '@tanstack/react-router'
import { Modal } from 'antd'

/** Leaving with unsaved work asks; closing the tab lets the browser ask. */
export function UnsavedGuard({ dirty, kept = true }: { dirty: boolean; kept?: boolean }) {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => dirty && current.pathname !== next.pathname,
    enableBeforeUnload: () => dirty, withResolver: true,
  })
  return (
    <Modal open={blocker.status === 'blocked'} title="有内容还没有保存" okText="继续填写" cancelText="离开本页" onOk={() => blocker.reset?.()} onCancel={() => blocker.proceed?.()}
      closable={false} keyboard={false} mask={{ closable: false }} width={420}>
      {kept ? '离开后，已填写的内容会作为草稿保存在本机，下次打开时可以恢复。' : '离开后，没有保存的内容将丢失。'}
    </Modal>
  )
}
