/** The organisations as the first thing on the list of domains: the register of institutions, regions, changes. */
import fs from 'node:fs'
import { sql } from 'kysely'
import { registerAttachable } from '../attachments/attachable.ts'
import { defineDomain } from '../domain.ts'
import type { Transaction } from '../db/database.ts'
import { organization } from './organization/organization.entity.ts'
import { duplicateHandlers } from './organization/duplicates.procedures.ts'
import { organizationHandlers } from './organization/organization.procedures.ts'
import { changeHandlers } from './change/change.procedures.ts'
import { peopleHandlers } from '../authority/people/people.procedures.ts'
import { jobHandlers } from '../jobs/job.procedures.ts'
import { policyHandlers } from '../authority/policy.procedures.ts'
import { preferenceHandlers } from '../settings/preferences.procedures.ts'
import { proposalHandlers } from '../authority/proposal/proposal.procedures.ts'
import { person } from '../authority/people/person.entity.ts'
import { registerPersonal, revealHandlers } from '../authority/personal/reveal.procedures.ts'
import { accessHandlers } from '../authority/access/access.procedures.ts'
import { peopleImport } from '../authority/people/people.import.ts'
import { rightsHandlers } from '../authority/rights/rights.procedures.ts'
import { settingHandlers } from '../settings/settings.procedures.ts'
import { importHandlers, importJobs, registerImportTarget } from '../imports/import.procedures.ts'
import { organizationImport } from './organization/organization.import.ts'

interface RegionFile {
  regions: Record<string, unknown>[]
  successions: Record<string, unknown>[]
}

/** Regions are data with validity and basis; loading them again changes only what the file changed. */
async function loadRegions(trx: Transaction): Promise<void> {
  const file = JSON.parse(fs.readFileSync(new URL('../../../data/regions.json', import.meta.url), 'utf8')) as RegionFile
  await trx.run(sql`
    INSERT INTO org.region (id, code, gb_code, name, kind, group_code, reporting, longitude, latitude, valid_from, valid_to, basis, sort)
    SELECT id, code, "gbCode", name, kind, "groupCode", reporting, longitude, latitude, "validFrom", "validTo", basis, id
    FROM jsonb_to_recordset(${JSON.stringify(file.regions)}::jsonb) AS r(id int, code text, "gbCode" text, name text, kind text, "groupCode" text,
      reporting boolean, longitude numeric, latitude numeric, "validFrom" date, "validTo" date, basis text)
    ON CONFLICT (id) DO UPDATE SET code = excluded.code, gb_code = excluded.gb_code, name = excluded.name, kind = excluded.kind,
      group_code = excluded.group_code, reporting = excluded.reporting, longitude = excluded.longitude, latitude = excluded.latitude,
      valid_from = excluded.valid_from, valid_to = excluded.valid_to, basis = excluded.basis, sort = excluded.sort`)
  await trx.run(sql`
    INSERT INTO org.region_succession (from_id, to_id, effective, part, basis)
    SELECT "fromId", "toId", effective, part, basis FROM jsonb_to_recordset(${JSON.stringify(file.successions)}::jsonb)
      AS s("fromId" int, "toId" int, effective date, part text, basis text)
    ON CONFLICT DO NOTHING`)
}

registerImportTarget(organizationImport)
registerAttachable({
  entity: 'org.organization', label: '机构',
  find: async (trx, id) => {
    const row = await trx.one<{ path: string }>(sql`SELECT org_path AS path FROM org.organization WHERE id = ${id}`)
    return row && { organizationId: id, orgPath: row.path, may: !!trx.actor?.permissions.includes('organization.update') }
  },
})
registerAttachable({
  entity: 'org.change', label: '机构变更',
  find: async (trx, id) => {
    const row = await trx.one<{ path: string }>(sql`SELECT org_path AS path FROM org.change WHERE id = ${id}`)
    return row && { organizationId: null, orgPath: row.path, may: !!trx.actor?.permissions.includes('organization.restructure') }
  },
})
registerImportTarget(peopleImport)
registerPersonal(organization, 'organization.read')
registerPersonal(person, 'person.read')

export const organizationDomain = defineDomain({
  name: 'organization',
  knows: [],
  entities: [organization, person],
  handlers: [...organizationHandlers, ...duplicateHandlers, ...changeHandlers, ...importHandlers, ...peopleHandlers, ...proposalHandlers, ...rightsHandlers, ...revealHandlers, ...accessHandlers, ...policyHandlers, ...settingHandlers, ...preferenceHandlers, ...jobHandlers],
  jobs: importJobs,
  loadReference: loadRegions,
  constraints: {
    account_login: '这个登录名已被使用，请换一个。',
    policy_profile: '这些数值低于所选策略的最低要求。',
    policy_bounds: '数值超出了允许的范围。',
    policy_administrators: '三员必须使用双因素。',
    identity_once: '这个单点登录账号已与别的账号关联。',
    post_validity: '结束日期不能早于开始日期。',
    post_one_administration: '一个人同一时间只能任系统、安全、审计三类管理员中的一类（三员分立）。',
    post_administration_apart: '管理员和业务岗位不能由一人同时担任（三员分立）。',
    post_ground: '授权没有依据：要有批准的申请，或有效的委托任命。',
    post_deputy: '代理的对象要是现任的业务岗位本身，代理人不能是本人，代理要有结束日期。',
    proposal_apart: '申请人、审批人和受益人不能是同一个人。',
    proposal_unselfish: '不能为自己申请授权。',
    proposal_steps: '这件申请已经办结，不能再改。',
    entitlement_post: '管理员岗位不能另外授予业务权限。',
    entitlement_role: '管理员权限不能作为另外授权。',
    entitlement_permissions: '管理员权限不能作为另外授权。',
    entitlement_validity: '结束日期不能早于开始日期。',
    organization_uscc_once: '这个统一社会信用代码已经被登记，不能重复。请先核对是否同一机构。',
    organization_code_once: '这个内部编码已经被使用，请换一个。',
    organization_uscc: '统一社会信用代码只能由数字和大写字母组成（不用 I、O、S、V、Z）。',
    organization_region_scope: '这个区划不在您的管理范围内，请选择您管理的区划；跨区县的机构请由市级办理。',
    organization_own_office: '您所在单位的区划、主管单位和存续由上级单位办理。',
    organization_circle: '主管单位不能是它自己的下级。',
    organization_validity: '终止日期必须晚于成立日期。',
    organization_superior_id_fkey: '主管单位不存在，或还有下级机构依赖它。',
    distinct_pair_once: '这一对已经认定不是重复。',
    org_change_basis: '请填写机构变更的依据文件。',
  },
})
