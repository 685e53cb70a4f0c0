/** Words of the trail: kinds of acts, results, and what the kernel's own records are called where no entity says it. */
export const ACTIONS: Readonly<Record<string, string>> = {
  create: '登记', update: '修改', delete: '删除',
  act: '办理', 'sign-in': '登录', 'sign-out': '退出', hat: '切换岗位', password: '修改密码', read: '查看', export: '导出', reveal: '查看敏感信息', refuse: '被拒绝',
  start: '平台启动', stop: '平台停止', command: '命令行操作', verify: '校验', archive: '归档', key: '更换密钥', restore: '恢复数据',
}
export const RESULTS = { done: '成功', refused: '被拒绝', failed: '失败' } as const
export type Result = keyof typeof RESULTS

export const CODES: Readonly<Record<string, string>> = {
  forbidden: '没有权限', not_found: '不存在或不在管理范围内', unauthenticated: '没有登录或登录已失效', reauth_required: '需要再次验证身份', too_many: '过于频繁', locked: '账号已锁定', internal: '系统内部出错',
}

/** The same at the door, where one answer stands for several reasons. */
export const DOOR: Readonly<Record<string, string>> = { unauthenticated: '登录名或密码不对，或账号已锁定' }

export interface EntityWords {
  label: string
  /** Column → label. */
  columns: Readonly<Record<string, string>>
}
export const OWN_ENTITIES: Readonly<Record<string, EntityWords>> = {
  'auth.person': { label: '人员', columns: { name: '姓名', phone: '电话', sample: '示例' } },
  'auth.post': { label: '岗位', columns: { person_id: '人员', organization_id: '单位', role: '角色', valid_from: '任职自', valid_to: '任职至' } },
  'app.backup_plan': { label: '备份计划', columns: { daily_at: '每天几点', keep: '保留份数' } },
  'app.backup_run': { label: '备份', columns: { kind: '内容', reason: '方式', state: '状态' } },
  'app.setting': { label: '口径与参数', columns: { key: '代码', value: '数值', label: '名称', unit: '单位', valid_from: '起', valid_to: '止', source: '来源', unsure: '待核' } },
  'reports.lock': { label: '报表锁定', columns: { form: '报表', period_start: '报告期', region_id: '区划', reason: '原因', by_name: '锁定人' } },
  'auth.proposal': { label: '授权申请', columns: { person_id: '人员', organization_id: '单位', role: '角色', state: '状态', decision: '审批意见', decided_by_name: '审批人' } },
  'auth.delegation': { label: '代理', columns: { person_id: '人员', organization_id: '单位', valid_from: '起', valid_to: '止' } },
  'auth.entitlement': { label: '授权', columns: { person_id: '人员', organization_id: '单位', role: '角色', permissions: '权限', valid_from: '起', valid_to: '止' } },
  'auth.handover': { label: '工作交接', columns: { person_id: '人员' } },
  'auth.emergency': { label: '紧急处置', columns: {} },
  'auth.reveal': { label: '查看敏感信息', columns: { entity: '对象', record: '对象编号', field: '栏目', records: '条数' } },
  'reports.filing': { label: '报表填报', columns: {} },
  'imports.batch': { label: '导入批次', columns: {} },
}
/** The part of an operation's name before the point → the record that it is about. */
export const SUBJECTS: Readonly<Record<string, string>> = {
  organization: 'org.organization', person: 'auth.person', setting: 'app.setting', filing: 'reports.filing', review: 'reports.filing', import: 'imports.batch', period: 'reports.lock',
}
/** What no contract names. */
export const OWN_OPERATIONS: Readonly<Record<string, string>> = {
  database: '直接操作数据库', 'platform.start': '平台启动', 'platform.stop': '平台停止', 'platform.restore': '从备份恢复', 'reference.load': '载入基础数据',
  'audit.archive': '审计归档', 'audit.rotate-key': '更换审计密钥', 'audit.export-file': '导出审计记录（命令行）', 'import.apply': '写入导入数据', 'import.undo': '撤销导入',
  'command.user': '命令行：账号', 'command.import': '命令行：导入', 'command.indicators': '命令行：读取指标', 'command.sample': '命令行：示例数据',
}

export const VERDICTS = { waiting: '等待校验', running: '正在校验', intact: '完整', broken: '不完整', failed: '没有校验成功' } as const
export const WHY: Readonly<Record<string, string>> = {
  changed: '内容被改动', missing: '缺失', order: '次序被调换', inserted: '链外插入', tail: '末尾被截断', rewritten: '与锚点不符', unsealed: '久未封存', key: '缺少密钥', archive: '归档不符',
}
