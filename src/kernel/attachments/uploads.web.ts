/** Files on their way up, one after the other: how far each is, what went wrong, and trying again. */
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { upload } from '../ui/files.web.ts'
import { problemOf, refresh } from '../ui/queries.web.ts'
import { addAttachment } from './attachment.contract.ts'
import { kindNamed, sizeText, WORDS } from './kinds.rules.ts'

export interface Upload {
  key: number
  file: File
  /** 0 to 1; null: waits for those before it. */
  part: number | null
  problem: string | null
  /** Trying again may help: it was the network or the server. */
  again: boolean
  item: string
  replaces?: number
}

export function useUploads(record: { entity: string; recordId: number }, maxBytes: number) {
  const client = useQueryClient()
  const [uploads, setUploads] = useState<Upload[]>([])
  const next = useRef(1)
  const running = useRef<Promise<void>>(Promise.resolve())
  const change = (key: number, patch: Partial<Upload>) => setUploads((all) => all.map((u) => (u.key === key ? { ...u, ...patch } : u)))
  const forget = (key: number) => setUploads((all) => all.filter((u) => u.key !== key))

  const run = async (u: Upload) => {
    change(u.key, { part: 0, problem: null })
    try {
      await upload(addAttachment, { ...record, item: u.item, replaces: u.replaces }, u.file, { onProgress: (part) => change(u.key, { part }) })
      await refresh(client, ['attachment.list'])
      forget(u.key)
    } catch (error) {
      const problem = problemOf(error)
      change(u.key, { part: null, problem: problem.message, again: problem.status === 503 || problem.status === 507 || problem.status === 429 })
    }
  }
  const queue = (u: Upload) => (running.current = running.current.then(() => run(u)))
  const refusal = (file: File): string | null =>
    !kindNamed(file.name) ? `不接受这种文件。可以上传 ${WORDS}；压缩包请解开后逐个上传。`
    : file.size === 0 ? '文件是空的，请重新选择。'
    : file.size > maxBytes ? `文件 ${sizeText(file.size)}，超过了 ${sizeText(maxBytes)}。请压缩扫描件或拆分后再上传。` : null

  return {
    uploads,
    busy: uploads.some((u) => !u.problem),
    add(files: readonly File[], more: { item?: string; replaces?: number } = {}) {
      for (const file of files) {
        const u: Upload = { key: next.current++, file, part: null, problem: refusal(file), again: false, item: more.item ?? '', replaces: more.replaces }
        setUploads((all) => [...all, u])
        if (!u.problem) void queue(u)
      }
    },
    retry: (u: Upload) => {
      change(u.key, { problem: null })
      void queue(u)
    },
    forget,
  }
}
