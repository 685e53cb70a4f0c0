/**
 * The one shape of a refusal: a code for programs, a sentence for people that says what to do, and the
 * place where it belongs. Sent as `application/problem+json`.
 */
export interface FieldProblem {
  /** Field of the input, e.g. `patch.buildingArea`. */
  path: string
  message: string
}

export interface ProblemBody {
  code: string
  message: string
  fields?: FieldProblem[]
  /** Clause that a rule cites when it refuses. */
  basis?: string
  params?: Record<string, unknown>
}

const STATUS: Record<string, number> = {
  invalid_input: 400,
  unauthenticated: 401,
  forbidden: 403,
  reauth_required: 403,
  password_change_required: 403,
  second_factor_required: 403,
  stale_page: 403,
  not_found: 404,
  conflict: 409,
  version_conflict: 409,
  too_slow: 408,
  too_large: 413,
  unsupported_type: 415,
  refused: 422,
  too_many: 429,
  unavailable: 503,
  insufficient_storage: 507,
}

export class Problem extends Error {
  readonly status: number
  readonly body: ProblemBody
  constructor(code: string, message: string, more: Omit<ProblemBody, 'code' | 'message'> = {}) {
    super(message)
    this.name = 'Problem'
    this.status = STATUS[code] ?? 422
    this.body = { code, message, ...more }
  }
}

export const notFound = (what = '记录'): Problem =>
  new Problem('not_found', `没有找到这条${what}，它可能已被删除，或不在您的管理范围内。`)
export const forbidden = (): Problem =>
  new Problem('forbidden', '您当前的岗位没有这项操作的权限，请切换岗位或联系管理员。')
export const versionConflict = (): Problem =>
  new Problem('version_conflict', '您打开之后，别人已经修改了这条记录。请刷新后核对差异，再保存。')
export const refused = (message: string, more: Omit<ProblemBody, 'code' | 'message'> = {}): Problem =>
  new Problem('refused', message, more)
export const invalid = (message: string, fields?: FieldProblem[]): Problem =>
  new Problem('invalid_input', message, { fields })
