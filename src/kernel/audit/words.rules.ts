/** Words of the trail: kinds of acts, results, and what the kernel's own records are called where no entity says it. */
import { INCIDENTS } from '../attachments/attachment.contract.ts'
import { KINDS as FILE_KINDS } from '../attachments/kinds.rules.ts'
import { HASHES, PROFILES } from '../authority/policy.rules.ts'
import { STATES as PROPOSAL_STATES } from '../authority/proposal/proposal.contract.ts'
import { KINDS as HANDOVER_KINDS } from '../authority/rights/rights.contract.ts'
import { PERMISSION_WORDS, ROLES } from '../authority/roles.rules.ts'
import { KINDS as BACKUP_KINDS, STATES as BACKUP_STATES } from '../backup/backup.contract.ts'

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
/** Columns that are called alike wherever they stand. */
export const COMMON_COLUMNS: Readonly<Record<string, string>> = {
  reason: '原因', basis: '依据', at: '时间', by_id: '经办人', by_name: '经办人姓名', kind: '种类', name: '名称', note: '说明', role: '角色', state: '状态', status: '状态', region_id: '区划', organization_id: '单位', person_id: '人员', post_id: '岗位编号',
  valid_from: '起', valid_to: '止', proposal_id: '依据的申请编号', delegation_id: '依据的委托编号', batch_id: '导入批次', filing_id: '报表编号', entity: '对象', record_id: '对象编号',
}
export const OWN_ENTITIES: Readonly<Record<string, EntityWords>> = {
  'auth.person': { label: '人员', columns: { name: '姓名', phone: '电话', sample: '示例' } },
  'auth.post': { label: '岗位', columns: { person_id: '人员', organization_id: '单位', role: '角色', valid_from: '任职自', valid_to: '任职至', deputy_of: '代理的岗位编号' } },
  'app.backup_plan': { label: '备份计划', columns: { daily_at: '每天几点', keep: '保留份数' } },
  'app.backup_run': { label: '备份', columns: { kind: '内容', reason: '方式', state: '状态', asked_by: '发起人', asked_at: '发起时间', started_at: '开始', ended_at: '结束', done: '已完成', total: '总量', backup: '备份', size: '大小', problem: '问题' } },
  'app.setting': { label: '口径与参数', columns: { key: '代码', value: '数值', label: '名称', unit: '单位', valid_from: '起', valid_to: '止', source: '来源', unsure: '待核' } },
  'reports.lock': { label: '报表锁定', columns: { form: '报表', period_start: '报告期', region_id: '区划', reason: '原因', by_name: '锁定人' } },
  'auth.proposal': { label: '授权申请', columns: { person_id: '人员', organization_id: '单位', role: '角色', state: '状态', decision: '审批意见', decided_by_name: '审批人', decided_by: '审批人编号', decided_at: '审批时间', payload: '申请内容', shown: '前后对照', summary: '摘要', proposed_by: '申请人', proposed_by_name: '申请人姓名', expires_at: '有效期至' } },
  'auth.delegation': { label: '委托任命', columns: { holder_role: '受托的角色', roles: '可任命的角色', organization_id: '单位', valid_from: '起', valid_to: '止' } },
  'auth.entitlement': { label: '授权', columns: { person_id: '人员', organization_id: '单位', role: '角色', permissions: '权限', valid_from: '起', valid_to: '止', post_duty: '所在岗位的类别' } },
  'auth.handover': { label: '工作交接', columns: { person_id: '人员', successor_id: '接手人', last_day: '最后一天', items: '交接内容' } },
  'auth.emergency': { label: '紧急处置', columns: { except_logins: '不受限的账号', lifted_at: '解除时间', lifted_reason: '解除原因' } },
  'auth.reveal': { label: '查看敏感信息', columns: { entity: '对象', record: '对象编号', field: '栏目', records: '条数' } },
  'auth.policy': {
    label: '登录与密码策略',
    columns: {
      profile: '策略', password_length: '密码最短位数', password_classes: '字符种类', password_days: '密码有效天数', password_history: '不得重复的次数', hash: '散列算法', failures: '输错次数上限', lock_minutes: '锁定分钟数',
      address_burst: '同一地址一次可试次数', address_per_minute: '同一地址每分钟可试次数', idle_minutes: '闲置退出分钟数', absolute_hours: '最长登录小时数', sessions: '同时登录数', prove_minutes: '再次验证的有效分钟数', second_factor_roles: '必须双因素的岗位',
    },
  },
  'files.attachment': {
    label: '附件',
    columns: {
      item: '栏目', document_id: '所属文件编号', edition: '第几版', size: '大小', sm3: 'SM3', by_organization: '上传单位', removed_at: '移除时间', removed_by_name: '移除人', removed_reason: '移除原因', keep_until: '保留至', by_name: '上传人',
    },
  },
  'files.incident': { label: '附件事件', columns: { stored_name: '存储名', detail: '详情', settled_at: '处理时间', settled_by_name: '处理人', settled_note: '处理说明' } },
  'org.distinct_pair': {
    label: '确认不是重复', columns: { a_id: '甲机构', b_id: '乙机构', described: '当时的描述', undone_by_name: '撤销人', undone_at: '撤销时间', undone_reason: '撤销原因' },
  },
  'reports.filing': { label: '报表填报', columns: {} },
  'imports.batch': { label: '导入批次', columns: {} },
}
const labels = (of: Readonly<Record<string, { label: string }>>): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(of).map(([code, { label }]) => [code, label]))
const ROLE_WORDS = labels(ROLES)
/** Column, or record and column → its codes in words. A code that is on no list is shown as it is. */
export const VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  role: ROLE_WORDS, holder_role: ROLE_WORDS, roles: ROLE_WORDS, second_factor_roles: ROLE_WORDS, permissions: PERMISSION_WORDS,
  'auth.proposal.state': PROPOSAL_STATES, 'auth.handover.kind': HANDOVER_KINDS, 'auth.emergency.kind': { closed: '停止使用', 'read-only': '只读' },
  'auth.policy.profile': labels(PROFILES), 'auth.policy.hash': HASHES,
  'app.backup_run.kind': BACKUP_KINDS, 'app.backup_run.state': BACKUP_STATES, 'app.backup_run.reason': { scheduled: '自动', asked: '页面', command: '命令' },
  'files.incident.kind': INCIDENTS, 'files.attachment.kind': labels(FILE_KINDS),
}
/** The same of what an act was asked with. */
export const DETAIL_VALUES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  role: ROLE_WORDS, holderRole: ROLE_WORDS, roles: ROLE_WORDS, permissions: PERMISSION_WORDS, result: RESULTS, status: { active: '正常', suspended: '停用' }, format: { xlsx: 'Excel 工作簿', csv: '文本表格' },
  division: { then: '按当时区划', now: '按现行区划' }, accept: { all: '全部', valid: '只写入正确的行' }, action: ACTIONS,
}

/** The part of an operation's name before the point, or the whole of it, → the record whose number it is asked with. */
export const SUBJECTS: Readonly<Record<string, string>> = {
  organization: 'org.organization', person: 'auth.person', setting: 'app.setting', filing: 'reports.filing', review: 'reports.filing', import: 'imports.batch', period: 'reports.lock',
  proposal: 'auth.proposal', post: 'auth.post', entitlement: 'auth.entitlement', delegation: 'auth.delegation', attachment: 'files.attachment', publication: 'reports.publication',
  'post.appoint': 'auth.person', 'entitlement.propose': 'auth.post', 'file.settle': 'files.incident', 'file.limit': 'app.setting', 'organization.undo-distinct': 'org.distinct_pair',
}
/** What no contract names. */
export const OWN_OPERATIONS: Readonly<Record<string, string>> = {
  database: '直接操作数据库', 'platform.start': '平台启动', 'platform.stop': '平台停止', 'platform.restore': '从备份恢复', 'backup.keep': '自动备份', 'reference.load': '载入基础数据',
  'audit.archive': '审计归档', 'audit.rotate-key': '更换审计密钥', 'audit.export-file': '导出审计记录（命令行）', 'import.apply': '写入导入数据', 'import.undo': '撤销导入',
  'sample.build': '生成示例数据', 'energy.recompute': '重算能耗数据', 'energy.cube': '汇总能耗数据', 'rights.first-seal': '首次封存授权', 'rights.rotate': '更换授权密钥', 'keys.register': '登记密钥', 'keys.rotate': '更换字段密钥', 'welcome.invite': '发放首次启动码',
  'user.add': '命令行：新增账号', 'user.reset-password': '命令行：重置密码', 'user.reset-second-factor': '命令行：重置双因素', 'file.alarm': '附件报警', 'file.scan': '附件查毒', 'file.expire': '附件到期销毁', 'file.store': '保存附件', 'file.drop': '清理附件',
  'file.lost-record': '附件的记录已不在', 'file.whole-again': '附件恢复完整', 'file.round': '附件巡检', 'command.backup': '命令行：备份', 'command.restore': '命令行：恢复', 'command.audit': '命令行：审计', 'command.access': '命令行：紧急处置', restore: '从备份恢复',
  'command.user': '命令行：账号', 'command.import': '命令行：导入', 'command.indicators': '命令行：读取指标', 'command.sample': '命令行：示例数据',
}

export const VERDICTS = { waiting: '等待校验', running: '正在校验', intact: '完整', broken: '不完整', failed: '没有校验成功' } as const
export const WHY: Readonly<Record<string, string>> = {
  changed: '内容被改动', missing: '缺失', order: '次序被调换', inserted: '链外插入', tail: '末尾被截断', rewritten: '与锚点不符', unsealed: '久未封存', key: '缺少密钥', archive: '归档不符',
}
