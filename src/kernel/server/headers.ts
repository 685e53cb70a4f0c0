/** What every answer says to the browser, whatever it is an answer to (C18). */
import type { FastifyInstance } from 'fastify'

export const ALWAYS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(self), screen-wake-lock=(), serial=(), usb=()',
  'cache-control': 'no-store',
  // Nothing but a page is to be looked at as one; the page says its own.
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox",
}
/** What is no HTTP at all is answered by Node, before there is a request. */
export const RAW_HEADERS = Object.entries(ALWAYS).map(([name, value]) => `${name}: ${value}\r\n`).join('')

/** Styles and scripts carry the page's nonce; style attributes in markup are refused, styles set by scripts are not attributes. */
export const pagePolicy = (nonce: string): string =>
  `default-src 'self'; script-src 'self' 'nonce-${nonce}'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`

export function headEverything(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(ALWAYS)
    if (request.protocol === 'https') reply.header('strict-transport-security', 'max-age=31536000; includeSubDomains')
  })
}
