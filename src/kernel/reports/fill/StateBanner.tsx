/** Where this form stands, as a sentence that says what to do. */
import { Alert, Button } from 'antd'
import { instantText } from '../../ui/text.web.ts'
import type { Filing } from './useFiling.web.ts'

interface Props {
  filing: Filing
  jump: (item: string) => void
  label: (item: string) => string
}

export function StateBanner({ filing, jump, label }: Props) {
  const { opened, merged, refusal } = filing.state
  const { facts, locked, outside, exceptionUntil, can } = opened
  const remarks = opened.remarks.filter((r) => !r.settledAt)
  const banners: { type: 'info' | 'warning' | 'error' | 'success'; title: React.ReactNode; more?: React.ReactNode }[] = []
  if (outside) banners.push({ type: 'warning', title: outside })
  if (locked) banners.push({ type: 'warning', title: `这一期已由${locked.byName}于 ${instantText(locked.at)} 锁定（${locked.reason}），不能再改。确需更正的，请向市级申请锁定例外。` })
  if (exceptionUntil) banners.push({ type: 'info', title: `这一期已锁定，本单位有锁定例外，可在 ${instantText(exceptionUntil)} 之前修改。` })
  if (facts?.standing === 'returned')
    banners.push({
      type: 'error', title: `${facts.returnedByName ?? '审核人'}于 ${instantText(facts.returnedAt)} 退回：${facts.returnRemarks ?? ''}`,
      more: remarks.length > 0 && (
        <span>请改正这几格后重新提交：{remarks.map((r) => <Button key={r.id} type="link" size="small" onClick={() => jump(r.item)}>{label(r.item)}</Button>)}</span>
      ),
    })
  if (facts?.standing === 'submitted') banners.push({ type: 'info', title: `已由${facts.submittedByName ?? ''}于 ${instantText(facts.submittedAt)} 提交，等待审核。${can.includes('withdraw') ? '要修改，请先撤回。' : '要修改，请由单位负责人撤回。'}` })
  if (facts?.standing === 'accepted1') banners.push({ type: 'success', title: '主管单位（区县）已审核通过，等待市级审核。要更正，请联系审核人退回。' })
  if (facts?.standing === 'accepted2') banners.push({ type: 'success', title: '市级已审核通过。要更正，请联系市级审核人退回。' })
  if (!can.includes('save') && !facts && !outside && !locked) banners.push({ type: 'info', title: '这张报表还没有填报。您当前的岗位只能查看。' })
  if (filing.restored > 0) banners.push({ type: 'info', title: `已恢复上次没有保存的 ${filing.restored} 格。` })
  if (merged.length) banners.push({ type: 'info', title: `别人同时修改了${merged.map((m) => `“${label(m)}”`).join('、')}，已合并到本页。` })
  if (refusal) banners.push({ type: 'error', title: `没有保存：${refusal}` })
  return (
    <div className="banners no-print">
      {banners.map((b, i) => <Alert key={i} type={b.type} showIcon title={b.title} description={b.more || undefined} />)}
    </div>
  )
}
