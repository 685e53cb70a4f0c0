/** A new password, twice, with the rules that hold here; what the rules of shape refuse is said while it is typed. */
import { Form, Input } from 'antd'
import { rulesText, shapeProblem, type PasswordRules } from '../authority/password.rules.ts'
import { entrance } from '../authority/session.contract.ts'
import { useCall } from './queries.web.ts'

export const usePasswordRules = (): PasswordRules | undefined => useCall(entrance, {}, { staleTime: 60_000 }).data?.password

export function PasswordFields({ rules, at = [], label = '新密码' }: { rules: PasswordRules | undefined; at?: readonly string[]; label?: string }) {
  const next = [...at, 'next']
  return (
    <>
      <Form.Item name={next} label={label} validateTrigger="onBlur" extra={rules && rulesText(rules)}
        rules={[{ required: true, message: '请填写新密码' }, { validator: (_rule, value?: string) => {
          const problem = value && rules ? shapeProblem(value, rules) : null
          return problem ? Promise.reject(new Error(problem)) : Promise.resolve()
        } }]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
      <Form.Item name={[...at, 'again']} label={`再输一次${label}`} dependencies={[next]} validateTrigger="onBlur"
        rules={[({ getFieldValue }) => ({ validator: (_rule, value) => (value === getFieldValue(next) ? Promise.resolve() : Promise.reject(new Error('两次输入不一致'))) })]}>
        <Input.Password autoComplete="new-password" />
      </Form.Item>
    </>
  )
}
