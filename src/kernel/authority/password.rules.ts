/** What a password must be, the same in the browser while it is typed and in the server. */
export interface PasswordRules {
  length: number
  classes: number
}
/** Longer ones are refused, never cut: what somebody believes to have chosen is what counts. */
export const LONGEST = 128

const CLASSES = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u]
const WORDS = ['', '', '至少两类', '至少三类', '四类']

export const rulesText = ({ length, classes }: PasswordRules): string =>
  `${length} 至 ${LONGEST} 位${classes > 1 ? `，大写字母、小写字母、数字、符号中${WORDS[classes]}` : ''}；不要用登录名、姓名、单位名称和常见词语。`

/** A sentence, or null where nothing is to be said. */
export function shapeProblem(password: string, rules: PasswordRules): string | null {
  // Characters as people count them: an emoji or a rare character is one.
  const length = [...password].length
  if (length < rules.length) return `密码至少 ${rules.length} 位，现在是 ${length} 位。`
  if (length > LONGEST) return `密码最多 ${LONGEST} 位，现在是 ${length} 位。`
  if (CLASSES.filter((c) => c.test(password)).length < rules.classes) return `密码须包含大写字母、小写字母、数字、符号中的${WORDS[rules.classes]}。`
  return null
}
