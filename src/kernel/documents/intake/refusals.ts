/** Why a file is not read, in one place: a stable code and a sentence that says what to do. */
import { Problem } from '../../contract/problem.rules.ts'

const mb = (bytes: number): string => `${Math.floor(bytes / 2 ** 20)} MB`

export const refusals = {
  emptyFile: () => new Problem('empty_file', '文件是空的，请选择有内容的 .xlsx 或 .csv 文件。'),
  emptySheet: (sheet: string) =>
    new Problem('empty_sheet', `工作表“${sheet}”里没有内容，请选择有数据的工作表。`, { params: { sheet } }),
  unknownType: () =>
    new Problem('unsupported_type', '只能读 .xlsx 和 .csv 文件，请把表格另存为 .xlsx 后再上传。'),
  wrongType: (claimed: string, found: string) =>
    new Problem(
      'wrong_type',
      `文件名是 ${claimed}，内容却是${found}，请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。`,
      { params: { claimed } },
    ),
  notAWorkbook: () =>
    new Problem('not_a_workbook', '这不是 Excel 工作簿，请用 Excel 或 WPS 打开后另存为 .xlsx，再上传。'),
  damaged: (where?: string) =>
    new Problem(
      'damaged_workbook',
      `文件已损坏${where ? `（${where}）` : ''}，请用 Excel 或 WPS 打开、另存为新的 .xlsx，再上传。`,
    ),
  password: () =>
    new Problem(
      'password_protected',
      '文件设有打开密码，请用 Excel 或 WPS 取消密码，另存为 .xlsx 后再上传。',
    ),
  oldWorkbook: () =>
    new Problem(
      'old_workbook',
      '这是旧版 .xls（或 WPS .et）文件，请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。',
    ),
  bomb: () =>
    new Problem(
      'zip_bomb',
      '文件解开后异常庞大，为安全起见不读取。请只保留要导入的数据区域，复制到新工作簿另存后再上传。',
    ),
  macros: () =>
    new Problem('macros_not_allowed', '文件含有宏，为安全起见不读取，请另存为不含宏的 .xlsx 后再上传。'),
  externalLinks: () =>
    new Problem(
      'external_links',
      '文件链接到其他工作簿，请在“数据—编辑链接”中断开链接（或复制为数值），另存后再上传。',
    ),
  doctype: () =>
    new Problem(
      'doctype_not_allowed',
      '文件里有不允许的 DOCTYPE 声明，请用 Excel 或 WPS 打开、另存为新的 .xlsx，再上传。',
    ),
  tooLarge: (limit: number) =>
    new Problem('too_large', `文件超过 ${mb(limit)}，请拆分成几个文件后上传。`, { params: { limit } }),
  tooManyRows: (limit: number) =>
    new Problem('too_many_rows', `超过 ${limit.toLocaleString('en-US')} 行，请拆分成几个文件后上传。`, {
      params: { limit },
    }),
  tooManyCells: (limit: number) =>
    new Problem(
      'too_many_cells',
      `超过 ${limit.toLocaleString('en-US')} 个单元格，请删去无关的列或拆分文件后上传。`,
      { params: { limit } },
    ),
  tooManyColumns: (cell: string, limit: number) =>
    new Problem(
      'too_many_columns',
      `单元格 ${cell} 超出了 ${limit} 列的范围，请删去这一带多余的内容后再上传。`,
      { params: { cell, limit } },
    ),
  tooSparse: (line: number) =>
    new Problem('too_sparse', `到第 ${line} 行为止，空白列过多，请删去数据右侧远处多余的内容后再上传。`, {
      params: { line },
    }),
  tooManyMerges: () => new Problem('too_many_merges', '合并单元格过多，请取消合并后再上传。'),
  tooLongText: (line: number) =>
    new Problem('text_too_long', `第 ${line} 行附近有过长的内容，可能少了一个引号，请检查后再上传。`, {
      params: { line },
    }),
  tooMuchText: () => new Problem('too_complex', '表格里的文字过多，请删去无关的列或拆分文件后上传。'),
  tooLongPart: (part: string) =>
    new Problem(
      'text_too_long',
      `文件里有过长的内容（${part}），请删去超长的文字后再上传。`,
    ),
  tooLongCell: (cell: string) =>
    new Problem('text_too_long', `单元格 ${cell} 的内容过长，请删去超长的文字后再上传。`, { params: { cell } }),
  badQuotes: (line: number) =>
    new Problem('damaged_csv', `第 ${line} 行附近的引号不成对，请检查这一行，或另存为 .xlsx 后再上传。`, {
      params: { line },
    }),
  notText: () =>
    new Problem('not_a_text_file', '文件内容不是文本表格，请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传。'),
  unknownEncoding: (encoding?: string) =>
    new Problem(
      'unknown_encoding',
      `文件的文字编码${encoding ? `不是 ${encoding}` : '认不出来'}，请另存为“CSV UTF-8”或 .xlsx 后再上传。`,
    ),
  noSuchSheet: (sheet: string, names: readonly string[]) =>
    new Problem('no_such_sheet', `文件里没有工作表“${sheet}”，现有：${names.slice(0, 10).join('、')}。`, {
      params: { sheet, names },
    }),
  timeout: (ms: number) =>
    new Problem(
      'parse_timeout',
      `读取超过 ${Math.round(ms / 1000)} 秒，已停止。请只保留要导入的数据区域，或拆分文件后上传。`,
    ),
  outOfMemory: () =>
    new Problem('too_complex', '文件内容过于庞大，读取时超出了内存限额，请拆分成几个文件后上传。'),
  busy: () => new Problem('too_many', '同时读取的文件太多，请过一会儿再上传。'),
  unreadable: () =>
    new Problem('unreadable_file', '文件读不出来，请用 Excel 或 WPS 打开、另存为新的 .xlsx，再上传。'),
}
