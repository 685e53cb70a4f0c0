/** The few sign-ins worth printing, those that the README walks with, as a table that keeps its columns with Chinese text. */
import type { SampleAccount } from './people.phase.ts'

const SHOWN = ['shi.shenhe', 'shi.lingdao', 'shi.guanli', 'shi.anquan', 'shi.shenji', 'yuzhong.shenhe', 'wanzhou.shenhe', 'yuzhong.jiaowei', 'yuzhong.xuexiao.tianbao', 'yuzhong.xuexiao.fuze']

const width = (text: string) => [...text].reduce((n, c) => n + (c > '\u2e7f' ? 2 : 1), 0)

export function signInTable(accounts: readonly SampleAccount[]): string {
  const rows = SHOWN.flatMap((login) => accounts.filter((a) => a.login === login)).map((a) => [a.login, a.password, a.roleLabel, a.organization])
  const widths = [0, 1, 2].map((i) => Math.max(...rows.map((r) => width(r[i]!))))
  return rows.map((r) => '  ' + r.map((text, i) => text + ' '.repeat(Math.max(0, (widths[i] ?? 0) - width(text)))).join('  ').trimEnd()).join('\n')
}
