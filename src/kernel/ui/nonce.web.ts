/**
 * Styles written by components carry the page's nonce, or the browser refuses them. Most take it from the theme's
 * provider; the component library's scroll lock and scroll-bar measure do not ask, so every style element gets it.
 * Scripts of the page could read the nonce anyway: nothing is opened for anybody else.
 */
export const nonce = document.querySelector<HTMLElement>('[nonce]')?.nonce ?? ''

const create = document.createElement.bind(document) as (name: string, options?: ElementCreationOptions) => HTMLElement
document.createElement = ((name: string, options?: ElementCreationOptions) => {
  const element = create(name, options)
  if (element instanceof HTMLStyleElement) element.nonce = nonce
  return element
}) as typeof document.createElement

/** Fields that grow with their text are measured by a copy whose style is set as an attribute, which the policy refuses: it is set as a style. */
const setAttribute = HTMLTextAreaElement.prototype.setAttribute
HTMLTextAreaElement.prototype.setAttribute = function (name: string, value: string) {
  if (name === 'style') this.style.cssText = value
  else setAttribute.call(this, name, value)
}
