/**
 * Single sign-on with any OpenID Connect provider: code with PKCE, state, nonce; issuer, audience and signature of the ID
 * token checked. An account is found by issuer and subject alone, never by an address of mail, and only where it was
 * linked before: a provider cannot make an account here.
 */
import fs from 'node:fs'
import path from 'node:path'
import { createHash, randomBytes } from 'node:crypto'
import * as oidc from 'openid-client'
import { sql } from 'kysely'
import { z } from 'zod'
import { Problem } from '../contract/problem.rules.ts'
import type { Database } from '../db/database.ts'
import { note, type From } from './event.ts'
import { policyOf } from './policy.ts'
import { enter, type Entered, type SecondStep } from './sign-in.ts'
import { digest, type Session } from './session.procedures.ts'

export interface Provider {
  issuer: string
  clientId: string
  clientSecret?: string
  label: string
}

const file = z.strictObject({ issuer: z.url(), clientId: z.string().min(1), clientSecretFile: z.string().optional(), label: z.string().max(40).optional() })
/** From the environment, or from single-sign-on.json in the data folder; the secret always from a file. */
export function readProvider(dataDir: string, env: NodeJS.ProcessEnv = process.env): Provider | null {
  const at = path.join(dataDir, 'single-sign-on.json')
  const given = env.GONGXIE_OIDC_ISSUER
    ? { issuer: env.GONGXIE_OIDC_ISSUER, clientId: env.GONGXIE_OIDC_CLIENT_ID, clientSecretFile: env.GONGXIE_OIDC_CLIENT_SECRET_FILE, label: env.GONGXIE_OIDC_LABEL }
    : fs.existsSync(at) ? (JSON.parse(fs.readFileSync(at, 'utf8')) as unknown) : null
  if (!given) return null
  const read = file.safeParse(given)
  if (!read.success) throw new Problem('refused', `Single sign-on is not configured completely (GONGXIE_OIDC_ISSUER, GONGXIE_OIDC_CLIENT_ID or ${at}): ${z.prettifyError(read.error)}`)
  const { clientSecretFile, label, ...rest } = read.data
  const issuer = new URL(rest.issuer)
  if (issuer.protocol !== 'https:' && !loopback(issuer)) throw new Problem('refused', `The issuer ${rest.issuer} must be reached by https.`)
  return { ...rest, label: label ?? '统一身份认证', clientSecret: clientSecretFile && fs.readFileSync(path.resolve(dataDir, clientSecretFile), 'utf8').trim() }
}
const loopback = (url: URL) => ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname)

export interface SingleSignOn {
  label: string
  issuer: string
  /** Where the browser goes, and what it must bring back in a cookie. */
  begin(redirect: string, link?: Session): Promise<{ url: string; bond: string }>
  finish(search: string, redirect: string, bond: string | undefined, session: Session | null, from: From): Promise<Entered | SecondStep | { linked: true }>
}

const REFUSED = () => new Problem('unauthenticated', '单点登录没有成功，请回到登录页再试一次；也可以用登录名和密码登录。')
/** Providers say by these values of `amr` (RFC 8176) that more than a password was asked for. */
const STRONG = ['mfa', 'otp', 'hwk', 'fpt', 'face', 'iris', 'sc']

export function singleSignOn(db: Database, provider: Provider): SingleSignOn {
  let discovered: Promise<oidc.Configuration> | undefined
  function configuration(): Promise<oidc.Configuration> {
    const issuer = new URL(provider.issuer)
    discovered ??= oidc.discovery(issuer, provider.clientId, {}, provider.clientSecret ? oidc.ClientSecretBasic(provider.clientSecret) : oidc.None(), {
      timeout: 8,
      // The signature is checked although the token comes from the provider itself: an inspecting proxy may stand between.
      execute: [oidc.enableNonRepudiationChecks, ...(loopback(issuer) ? [oidc.allowInsecureRequests] : [])],
    })
    discovered.catch(() => (discovered = undefined))
    return discovered
  }
  return {
    label: provider.label,
    issuer: provider.issuer,
    async begin(redirect, link) {
      const config = await configuration().catch((error: Error) => {
        // Where the provider lies is for the log, not for whoever stands at the door.
        process.stderr.write(`${JSON.stringify({ level: 40, time: Date.now(), msg: 'single sign-on: the provider does not answer', err: error.message.slice(0, 300) })}\n`)
        throw new Problem('unavailable', `${provider.label}暂时联系不上，请稍后再试，或用登录名和密码登录。`)
      })
      const [state, nonce, verifier, bond] = [oidc.randomState(), oidc.randomNonce(), oidc.randomPKCECodeVerifier(), randomBytes(32).toString('base64url')]
      await db.asSystem('session.single-sign-on', async (trx) => {
        await trx.run(sql`DELETE FROM auth.pending WHERE expires_at < now()`)
        await trx.run(sql`
          INSERT INTO auth.pending (ticket_hash, purpose, account_id, data, expires_at)
          VALUES (${digest(state)}, 'single-sign-on', ${link?.accountId ?? null}, ${JSON.stringify({ nonce, verifier, bond: digest(bond) })}::jsonb, now() + interval '10 minutes')`)
      })
      const url = oidc.buildAuthorizationUrl(config, {
        redirect_uri: redirect, scope: 'openid', state, nonce, code_challenge: await oidc.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
        // Whoever links an account says there who they are, instead of taking whichever is signed in.
        ...(link ? { prompt: 'login' } : {}),
      })
      return { url: url.href, bond }
    },

    async finish(search, redirect, bond, session, from) {
      const state = new URLSearchParams(search).get('state') ?? ''
      // Used once, whatever comes of it.
      const pending = await db.asSystem('session.single-sign-on-return', (trx) => trx.one<{ account: number | null; nonce: string; verifier: string; bond: string }>(sql`
        DELETE FROM auth.pending WHERE ticket_hash = ${digest(state)} AND purpose = 'single-sign-on' AND expires_at > now()
        RETURNING account_id AS account, data ->> 'nonce' AS nonce, data ->> 'verifier' AS verifier, data ->> 'bond' AS bond`))
      const refuse = async (why: string, problem = REFUSED()): Promise<never> => {
        await db.asSystem('session.single-sign-on-return', (trx) => note(trx, { kind: 'single-sign-on-refused', accountId: pending?.account ?? null, from, detail: { why: why.slice(0, 300) } }))
        throw problem
      }
      if (!pending) return refuse('state unknown, used or too old')
      if (!bond || digest(bond) !== pending.bond) return refuse('another browser began this')
      let claims: oidc.IDToken
      try {
        const config = await configuration()
        const tokens = await oidc.authorizationCodeGrant(config, new URL(`${redirect}?${search}`), { pkceCodeVerifier: pending.verifier, expectedNonce: pending.nonce, expectedState: state, idTokenExpected: true })
        claims = tokens.claims()!
      } catch (error) {
        const e = error as Error & { code?: string; cause?: Error }
        return refuse([e.code, e.message, e.cause?.message].filter(Boolean).join(' · '))
      }
      if (pending.account !== null) {
        if (session?.accountId !== pending.account) return refuse('the session that wanted the link has ended')
        const linked = await db.asSystem('account.link-single-sign-on', async (trx) => {
          const mine = await trx.one<{ accountId: number }>(sql`
            INSERT INTO auth.identity (account_id, issuer, subject) VALUES (${pending.account}, ${claims.iss}, ${claims.sub})
            ON CONFLICT (issuer, subject) DO UPDATE SET label = auth.identity.label RETURNING account_id AS "accountId"`)
          if (mine!.accountId !== pending.account) return false
          await note(trx, { kind: 'single-sign-on-linked', accountId: pending.account, from, detail: { issuer: claims.iss } })
          return true
        })
        if (!linked) return refuse('linked to another account', new Problem('conflict', '这个单点登录账号已与别的账号关联。请先在那个账号中解除。'))
        return { linked: true }
      }
      const strong = (claims.amr as string[] | undefined)?.some((a) => STRONG.includes(a)) ?? false
      const entered = await db.asSystem('session.single-sign-on-return', async (trx) => {
        const account = await trx.one<{ id: number }>(sql`
          UPDATE auth.identity i SET used_at = now() FROM auth.account a WHERE i.issuer = ${claims.iss} AND i.subject = ${claims.sub} AND a.id = i.account_id AND a.status = 'active' RETURNING a.id`)
        return account ? enter(trx, db, await policyOf(trx), account.id, from, { method: 'single-sign-on', secondFactor: strong }) : null
      })
      if (!entered) return refuse(`no account is linked to subject ${createHash('sha256').update(claims.sub).digest('hex').slice(0, 12)}`, new Problem('unauthenticated', '这个单点登录账号没有与本平台的账号关联，或账号已停用。请先用登录名和密码登录，在“我的账号”中关联，或请本单位的系统管理员关联。'))
      return entered
    },
  }
}
