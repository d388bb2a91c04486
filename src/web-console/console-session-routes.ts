import { type Static, Type } from 'typebox'
import { findAccount, findKey } from '../accounts/accounts.ts'
import { actorOf } from '../audit/audit-hook.ts'
import { type Actor, recordEvent } from '../audit/audit-log.ts'
import type { SecretBox } from '../auth/secret-box.ts'
import { AppError } from '../errors.ts'
import type { ConsoleSession } from '../http/caller.ts'
import { sessionCookie } from '../http/own-page.ts'
import { errorAnswers, Role, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { AccessKeyRow } from '../ports/database/schema.ts'
import { endsOf, notALink } from './console-authenticator.ts'
import { sealSession, sessionIdleMs } from './sealed-session.ts'
import { makeLink, spendLink } from './sign-in-links.ts'

const url = '/console/session'
const tags = ['Console']
const roles = ['operator', 'account'] as const
/** Longer than any sign-in. */
const bodyBytesMax = 16_384

const Session = Type.Object({
  account_id: Type.String(),
  name: Type.String({ description: 'The account’s' }),
  access_key: Type.String({ description: 'The key that signed in' }),
  role: Role,
  signed_in_at: UnixMs('The sign-in'),
  idle_ends_at: UnixMs('The session ends then unless it is renewed'),
  ends_at: UnixMs('The session ends then in any case: 12 hours after the sign-in, or with the key'),
})

/** @property isSecure true if browsers reach the server by HTTPS, so that the cookie never goes without */
export type ConsoleSessionDeps = {
  database: Database
  box: SecretBox
  nowMs: () => number
  publicUrl: () => string
  isSecure: boolean
}

/** Routes by which a person signs in to the console, stays in, and signs out. */
export function consoleSessionRoutes(server: Routes, deps: ConsoleSessionDeps): void {
  signInRoute(server, deps)
  showRoute(server, deps)
  renewRoute(server, deps)
  endRoute(server, deps)
  linkRoute(server, deps)
}

function signInRoute(server: Routes, deps: ConsoleSessionDeps) {
  const { database, nowMs } = deps
  const schema = {
    operationId: 'startConsoleSession',
    tags,
    summary:
      'Signs in with a key and its secret, or with a link; sets the cookie fluxport_session. Needs X-Fluxport-Console: 1',
    body: Type.Object({
      access_key: Type.Optional(Text('A key of an operator or an account, with its secret')),
      secret_key: Type.Optional(Text('The key’s secret')),
      link_token: Type.Optional(Text('In place of both: what stands behind #token= in a sign-in link')),
    }),
    response: { 200: Session, ...errorAnswers },
  }
  const config = { access: { roles, keyInBody: 'console' as const }, audit: 'own' as const }
  server.post(url, { bodyLimit: bodyBytesMax, config, schema }, async (request, reply) => {
    const { accessKey } = callerOf(request)
    const key = await database.write(async (tx) => {
      const { link_token: linkToken } = request.body
      if (linkToken !== undefined && !(await spendLink(database, tx, linkToken))) throw notALink()
      const found = await keyOf(deps, accessKey, tx)
      const how = linkToken === undefined ? 'key' : 'link'
      if (found.role === 'operator') await recordSession(tx, actorOf(request), 'console.signed_in', { by: how })
      return found
    })
    const begun = { signedInMs: nowMs(), generation: key.console_generation }
    return await answer(deps, key, setCookie(reply, deps, key, begun))
  })
}

type Tx = Parameters<typeof recordEvent>[0]

/** Operators' sign-ins alone are recorded, like operators' other actions: an account could fill the log. */
const recordSession = (tx: Tx, actor: Actor, action: string, after: object) =>
  recordEvent(tx, { ...actor, action, object: actor.actor ?? '', outcome: 'done', after })

/** @throws AppError APIGW.0301 for a key that ended since it was checked */
async function keyOf({ database }: ConsoleSessionDeps, accessKey: string, tx?: Tx): Promise<AccessKeyRow> {
  const key = await findKey(database, accessKey, tx)
  if (!key) throw new AppError('APIGW.0301')
  return key
}

type Reply = { header(name: string, value: string): unknown }

const cookie = (value: string, maxAgeSeconds: number, isSecure: boolean) =>
  `${sessionCookie}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`

/**
 * Seals a session anew, with its idle end 30 minutes from now. A renewed one keeps its generation: a sign-out everywhere
 * at the same moment ends it, too.
 */
function setCookie(
  reply: Reply,
  { box, isSecure, nowMs }: ConsoleSessionDeps,
  key: AccessKeyRow,
  { signedInMs, generation }: Pick<ConsoleSession, 'signedInMs' | 'generation'>,
): ConsoleSession {
  const now = nowMs()
  const session = { accessKey: key.access_key, signedInMs, generation, idleEndMs: now + sessionIdleMs }
  const ends = endsOf(session, key)
  const maxAgeSeconds = Math.max(0, Math.ceil((ends.idleEndMs - now) / 1000))
  reply.header('Set-Cookie', cookie(sealSession(box, session), maxAgeSeconds, isSecure))
  return ends
}

async function answer(
  { database }: ConsoleSessionDeps,
  key: AccessKeyRow,
  { signedInMs, idleEndMs, endMs }: ConsoleSession,
): Promise<Static<typeof Session>> {
  const account = await findAccount(database, key.account_id)
  if (!account) throw new AppError('APIGW.0301')
  return {
    ...{ account_id: account.id, name: account.name, access_key: key.access_key, role: key.role },
    ...{ signed_in_at: signedInMs, idle_ends_at: idleEndMs, ends_at: endMs },
  }
}

/** The session of a request that came with one. @throws AppError APIGW.0301 for a signed request */
function sessionIn(request: Parameters<typeof callerOf>[0]): ConsoleSession {
  const { session } = callerOf(request)
  if (!session)
    throw new AppError('APIGW.0301', 'The request has no console session: sign in with POST /console/session')
  return session
}

function showRoute(server: Routes, deps: ConsoleSessionDeps) {
  const schema = {
    operationId: 'showConsoleSession',
    tags,
    summary: 'Shows who is signed in, and when the session ends',
    response: { 200: Session, ...errorAnswers },
  }
  server.get(url, { config: { access: { roles } }, schema }, async (request) => {
    const session = sessionIn(request)
    return await answer(deps, await keyOf(deps, callerOf(request).accessKey), session)
  })
}

function renewRoute(server: Routes, deps: ConsoleSessionDeps) {
  const schema = {
    operationId: 'renewConsoleSession',
    tags,
    summary: 'Moves the idle end of the session to 30 minutes from now, at most to its end',
    response: { 200: Session, ...errorAnswers },
  }
  const config = { access: { roles }, audit: 'none' as const }
  server.post(`${url}/renew`, { config, schema }, async (request, reply) => {
    const session = sessionIn(request)
    const key = await keyOf(deps, callerOf(request).accessKey)
    return await answer(deps, key, setCookie(reply, deps, key, session))
  })
}

function endRoute(server: Routes, { database, isSecure }: ConsoleSessionDeps) {
  const schema = {
    operationId: 'endConsoleSession',
    tags,
    summary: 'Signs out: removes the cookie; with everywhere, ends every console session of the key, also by signature',
    querystring: Type.Object({ everywhere: Type.Optional(Type.Boolean({ description: 'Default false' })) }),
    response: { 204: Type.Null(), ...errorAnswers },
  }
  const config = { access: { roles }, audit: 'own' as const }
  server.delete(url, { config, schema }, async (request, reply) => {
    const { accessKey, role } = callerOf(request)
    if (request.query.everywhere)
      await database.write(async (tx) => {
        await tx
          .updateTable('access_key')
          .set((eb) => ({ console_generation: eb('console_generation', '+', 1) }))
          .where('access_key', '=', accessKey)
          .execute()
        await tx.deleteFrom('console_link').where('access_key', '=', accessKey).execute()
        if (role === 'operator') await recordSession(tx, actorOf(request), 'console.sessions_ended', {})
      })
    return await reply
      .header('Set-Cookie', cookie('', 0, isSecure))
      .code(204)
      .send(null)
  })
}

function linkRoute(server: Routes, { database, publicUrl }: ConsoleSessionDeps) {
  const schema = {
    operationId: 'createConsoleLink',
    tags,
    summary:
      'Makes a link that signs the key’s holder in to the console, once and within 10 minutes; not by a console session',
    response: {
      200: Type.Object({
        url: Type.String({ description: 'Whoever opens it first is signed in' }),
        expires_at: UnixMs('The link ends then'),
      }),
      ...errorAnswers,
    },
  }
  const config = { access: { roles }, audit: 'own' as const }
  server.post('/console/links', { config, schema }, async (request) => {
    const { accessKey, session } = callerOf(request)
    // A session would outlive its own end by links.
    if (session) throw new AppError('CDN.0004', 'A console session may not make a link: sign the request with the key')
    const link = await makeLink(database, accessKey, publicUrl)
    return { url: link.url, expires_at: link.expiresAtMs }
  })
}
