/** Six digits of the telephone, or a recovery code: one field takes both. */
import { Form, Input } from 'antd'

export function CodeField({ autoFocus, enrolment }: { autoFocus?: boolean; enrolment?: boolean }) {
  return (
    <Form.Item name="code" label="验证码" extra={enrolment ? '手机上验证器显示的 6 位数字。' : '手机上验证器显示的 6 位数字；手机不在身边时填一个恢复码。'}
      rules={[{ required: true, whitespace: true, message: '请填写验证码' }, { min: 6, message: enrolment ? '验证码为 6 位数字' : '验证码为 6 位数字，恢复码为 10 位' }]}>
      <Input autoFocus={autoFocus} autoComplete="one-time-code" autoCapitalize="characters" inputMode={enrolment ? 'numeric' : 'text'} spellCheck={false} maxLength={enrolment ? 7 : 14} className="code-input" />
    </Form.Item>
  )
}
