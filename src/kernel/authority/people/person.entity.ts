import { entity, field, text, yesNo } from '../../entity/entity.rules.ts'

/** Whoever works somewhere. What they may do is a matter of their posts. */
export const person = entity('auth.person', '人员', {
  name: field(text(40), { label: '姓名', required: true, list: true, synonyms: ['人员姓名', 'name'] }),
  phone: field(text(40), { label: '电话', class: 'personal', synonyms: ['手机', '联系电话', '手机号', 'phone'] }),
  sample: field(yesNo(), { label: '示例数据', system: true }),
})
