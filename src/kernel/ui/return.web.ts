/** Where the person was before the way led to another site. */
const KEY = 'gongxie.return'

export const rememberPlace = (): void => sessionStorage.setItem(KEY, `${location.pathname}${location.search}`)

/** A path of ours, once; anything else is the desk. */
export function placeBefore(): string {
  const at = sessionStorage.getItem(KEY) ?? '/'
  sessionStorage.removeItem(KEY)
  return /^\/(?!\/)/.test(at) && !at.startsWith('/sso') ? at : '/'
}
