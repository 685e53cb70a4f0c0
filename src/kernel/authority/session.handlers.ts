/** The operations that need the cookie: coming in, going out, one's own account. */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import { Problem } from '../contract/problem.rules.ts'
import type { Operation } from '../contract/contract.rules.ts'
import type { Database } from '../db/database.ts'
import type { Context, Handler } from '../domain.ts'
import * as account from './account.ts'
import type { From } from './event.ts'
import { ownData } from './personal/own-data.ts'
import * as ops from './session.contract.ts'
import { describe, endSessions, readSession, signOut, wearHat, type Session } from './session.procedures.ts'
import { changePassword, prove, recover, secondStep, signIn, type Entered, type SecondStep } from './sign-in.ts'
import type { SingleSignOn } from './single-sign-on.ts'
import { isWelcome, welcome } from './welcome.ts'

/** What the door of this process stands on. */
export interface Door {
  db: Database
  /** Posts that must have a second factor are held to it; a sample only offers it. */
  enforced: boolean
  singleSignOn: SingleSignOn | null
  /** Where people reach the platform, for the way back from the provider; otherwise as the request says. */
  publicUrl?: string
}

const isSecure = (request: FastifyRequest) => request.protocol === 'https'
const cookieName = (request: FastifyRequest, name = 'gongxie') => (isSecure(request) ? `__Host-${name}` : name)
export const tokenOf = (request: FastifyRequest): string | undefined => request.cookies[cookieName(request)]
const setCookie = (request: FastifyRequest, reply: FastifyReply, value: string, name?: string) =>
  reply.setCookie(cookieName(request, name), value, { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(request) })
const clearCookie = (request: FastifyRequest, reply: FastifyReply, name?: string) =>
  reply.clearCookie(cookieName(request, name), { httpOnly: true, sameSite: 'lax', path: '/', secure: isSecure(request) })
const BOND = 'gongxie-sso'

type Place = Context & { session: Session; reply: FastifyReply }

export function sessionHandlers(door: Door): Handler[] {
  const { db } = door
  const free = <O extends Operation>(operation: O, run: (c: Place, input: any) => Promise<unknown>): Handler => ({ operation, mode: 'context', run })
  const from = (c: Place): From => ({ address: c.request.ip, agent: String(c.request.headers['user-agent'] ?? '') })
  const seat = (c: Place, { token, session }: Entered) => {
    setCookie(c.request, c.reply, token)
    // Whose act this was, for the trail.
    c.session = session
    return describe(db, session, token, door.enforced)
  }
  const arrive = (c: Place, made: Entered | SecondStep) => ('ticket' in made ? made : seat(c, made))
  // As a URL writes it: a provider compares letter by letter, and a browser leaves the usual port out.
  const redirect = (c: Place) => new URL(`${door.publicUrl ?? `${c.request.protocol}://${c.request.host}`}/sso`).href
  const provider = () => {
    if (!door.singleSignOn) throw new Problem('refused', '本平台没有配置单点登录。')
    return door.singleSignOn
  }
  const depart = async (c: Place, session?: Session) => {
    const { url, bond } = await provider().begin(redirect(c), session)
    setCookie(c.request, c.reply, bond, BOND)
    return { url }
  }
  const done = async (work: Promise<unknown>) => (await work, { ok: true as const })
  return [
    free(ops.entrance, async () => ({
      password: (await db.asSystem('session.entrance', (trx) => trx.one(sql`SELECT password_length AS length, password_classes AS classes FROM auth.policy`)))!,
      singleSignOn: door.singleSignOn && { label: door.singleSignOn.label },
      welcome: await isWelcome(db),
    })),
    free(ops.signIn, async (c, { login, password }) => arrive(c, await signIn(db, login, password, from(c)))),
    free(ops.secondFactor, async (c, { ticket, code }) => seat(c, await secondStep(db, ticket, code, from(c)))),
    free(ops.recover, (c, { login, code, next }) => done(recover(db, login, code, next, from(c)))),
    free(ops.beginSingleSignOn, (c) => depart(c)),
    free(ops.finishSingleSignOn, async (c, { search }) => {
      const token = tokenOf(c.request)
      const bond = c.request.cookies[cookieName(c.request, BOND)]
      clearCookie(c.request, c.reply, BOND)
      const made = await provider().finish(search, redirect(c), bond, token ? await readSession(db, token) : null, from(c))
      return 'linked' in made ? made : arrive(c, made)
    }),
    free(ops.welcome, (c, input) => done(welcome(db, input, from(c)))),

    free(ops.whoAmI, (c) => describe(db, c.session, tokenOf(c.request)!, door.enforced)),
    free(ops.signOut, async (c) => {
      await signOut(db, c.session, from(c))
      clearCookie(c.request, c.reply)
      return { ok: true }
    }),
    free(ops.wearHat, async (c, { postId, entitlementId }) => describe(db, await wearHat(db, c.session, postId, entitlementId ?? null), tokenOf(c.request)!, door.enforced)),
    free(ops.changePassword, (c, { current, next }) => done(changePassword(db, c.session, current, next, from(c)))),
    free(ops.prove, async (c, proof) => seat(c, await prove(db, c.session, proof, from(c)))),
    free(ops.ownAccount, (c) => account.readAccount(db, c.session)),
    free(ops.ownPersonalData, (c) => ownData(db, c.session)),
    free(ops.endSession, (c, { id }) => done(endSessions(db, c.session, id, from(c)))),
    free(ops.endOtherSessions, async (c) => ({ ended: await endSessions(db, c.session, 'others', from(c)) })),
    free(ops.beginSecondFactor, (c) => account.beginSecondFactor(db, c.session)),
    free(ops.confirmSecondFactor, async (c, { code }) => ({ recoveryCodes: await account.confirmSecondFactor(db, c.session, code, from(c)) })),
    free(ops.renewRecoveryCodes, async (c) => ({ recoveryCodes: await account.renewRecoveryCodes(db, c.session, from(c)) })),
    free(ops.removeSecondFactor, (c) => done(account.removeSecondFactor(db, c.session, door.enforced, from(c)))),
    free(ops.linkSingleSignOn, (c) => depart(c, c.session)),
    free(ops.unlinkSingleSignOn, (c, { id }) => done(account.unlinkIdentity(db, c.session, id, from(c)))),
  ]
}
