/** Turns whatever a handler threw into one Problem. Constraint names are the error codes of the database. */
import { z } from 'zod'
import { Problem, forbidden, invalid } from '../contract/problem.rules.ts'

interface DatabaseError extends Error {
  code?: string
  constraint?: string
  /** The functions that were running, as PostgreSQL names them. */
  where?: string
}

const CONNECTION_LOST = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', '57P01', '57P02', '57P03', '08006', '08003', '53300'])

export function problemOf(error: unknown, constraints: ReadonlyMap<string, string>): Problem | null {
  if (error instanceof Problem) return error
  if (error instanceof z.ZodError) {
    const fields = error.issues.map((issue) => ({ path: issue.path.join('.'), message: issueText(issue) }))
    return invalid(fields.length === 1 ? fields[0]!.message : `有 ${fields.length} 处需要改正，请看各栏下的说明。`, fields)
  }
  const e = error as DatabaseError & { statusCode?: number; syscall?: string }
  const code = e?.code ?? ''
  // What cannot be written down is not done (GB/T 22239-2019 8.1.4.3).
  if (/\baudit\.(track|track_statement|record|record_untraced)\(/.test(e?.where ?? '')) return new Problem('unavailable', '审计记录写不进去，这次没有保存任何内容。请立即联系系统管理员。')
  const named = e?.constraint ? constraints.get(e.constraint) : undefined
  if (code === '23505') return new Problem('conflict', named ?? '已经有相同的记录，不能重复。')
  if (code === '23503') return new Problem('refused', named ?? '所引用的记录不存在，或还有记录依赖它，不能这样改。')
  if (code === '23514' || code === '23P01') return new Problem('refused', named ?? '数值不符合规定的范围，请检查后重填。')
  if (code === '23502') return invalid('有必填的内容没有填写。')
  if (code === '42501') return forbidden()
  if (code.startsWith('22')) return invalid('内容格式不正确，或数字超出了可保存的范围。')
  if (code === '57014' || code === '55P03' || code === '25P03' || code === '25P04') return new Problem('unavailable', '系统正忙，这次没有保存任何内容。请稍后再试一次。', { params: { retryAfter: 3 } })
  // Of the database's disk or of ours (a file that was being received).
  if (code === '53100' || code === 'ENOSPC' || code === 'EDQUOT') return new Problem('insufficient_storage', '服务器的存储空间已满，这次没有保存任何内容。请通知系统管理员清理后再试，查询不受影响。', { params: { retryAfter: 60 } })
  if (CONNECTION_LOST.has(code) || (code === 'ENOENT' && e.syscall === 'connect') || /timeout exceeded when trying to connect|Connection terminated/.test(e?.message ?? ''))
    return new Problem('unavailable', '数据库暂时不可用，这次没有保存任何内容。请稍后再试。', { params: { retryAfter: 5 } })
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE' || code === 'FST_REQ_FILE_TOO_LARGE') return new Problem('too_large', '内容太大，超过了允许的大小。')
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Problem('unsupported_type', '只接受 JSON 格式的请求。')
  if (e?.statusCode && e.statusCode >= 400 && e.statusCode < 500) return new Problem('invalid_input', '请求的格式不正确。')
  return null
}

/** Zod's English is for developers; the schemas carry their own sentences, the rest is said here. */
function issueText(issue: z.core.$ZodIssue): string {
  const own = issue.message
  if (/[\u4e00-\u9fff]/.test(own)) return own
  if (issue.code === 'unrecognized_keys') return `有不认识的栏目：${issue.keys.join('、')}`
  if (issue.code === 'too_small') return '内容太短或数值太小'
  if (issue.code === 'too_big') return '内容太长或数值太大'
  if (issue.code === 'invalid_type') return issue.input === undefined || issue.input === null ? '这一栏必须填写' : '格式不正确'
  return '格式不正确'
}
