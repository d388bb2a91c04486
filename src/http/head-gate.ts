import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import type { BodyBudget, BodyOwner, BodyShare } from './body-budget.ts'
import type { Authenticator, Caller, Role, SignedHead } from './caller.ts'
import { assertFromOwnPage, sealedSessionIn } from './own-page.ts'
import { readPieces } from './read-body.ts'
import { networkOf, type Refusals } from './refusals.ts'

/**
 * Roles that may call a route. A route without `Access` is public, and its body is not read. `token`: an ingest token
 * stands for the signature; `keyInBody`: the body holds the key with its secret, in the contract's form or the console's.
 */
export type Access = { roles: readonly Role[]; token?: boolean; keyInBody?: 'contract' | 'console' }

/** A JSON body arrives within this time. Streamed ones have the server's `requestTimeout`. */
const bodyTimeoutMs = 30_000

/** Facts that a request's head has proven. */
export type Pass = {
  /** The holder of the key, once that is proven: at the head, or when the body's hash is known. */
  caller: Caller | null
  /** Counts the body's held bytes. */
  share: BodyShare
  /**
   * False: the key may not use the route, or the route takes no JSON. The body is read and hashed, and its bytes are
   * dropped.
   */
  isHeld: boolean
  /** Checks the body against the signature. @throws AppError APIGW.0301, CDN.0004 or APIGW.0308 */
  prove(bodySha256: string): Caller
  /** As `prove`, with the key in the body; null on routes that are signed. */
  proveBody: ((body: Buffer) => Promise<Caller>) | null
}

/** Decides, before any byte of a body is read, whether the sender may send it. */
export type HeadGate = {
  /** @throws AppError APIGW.0301, APIGW.0303, APIGW.0307, APIGW.0308, CDN.0004 or FLUXPORT.0601 */
  look(request: FastifyRequest, access: Access): Promise<Pass>
}

export function createHeadGate(deps: {
  authenticator: Authenticator
  budget: BodyBudget
  refusals: Refusals
}): HeadGate {
  const { authenticator, budget } = deps
  const look = async (request: FastifyRequest, access: Access): Promise<Pass> => {
    const address = networkOf(request.raw.socket.remoteAddress ?? '')
    const told = (error: unknown) =>
      error instanceof AppError && error.status === 401 ? deps.refusals.tell(error, address) : error
    if (access.keyInBody) {
      const check = bodyCheck(authenticator, access.keyInBody, request)
      return {
        ...{ caller: null, isHeld: true, share: budget.open(ownerOf(unknownHead, address, true)), prove: noHead },
        proveBody: (body) =>
          check(body).then(
            (caller) => allowed(access, caller),
            (error) => Promise.reject(told(error)),
          ),
      }
    }
    try {
      const head = await headOf(authenticator, access, request)
      const isAllowed = head.holder !== null && access.roles.includes(head.holder.role)
      const hasJson = request.routeOptions.schema?.body !== undefined
      const isHeld = isAllowed && hasJson
      const pass: Pass = {
        caller: head.isProven && head.holder ? allowed(access, head.holder) : null,
        share: budget.open(ownerOf(head, address, isHeld)),
        isHeld,
        prove: (bodySha256) => {
          try {
            return allowed(access, head.prove(bodySha256))
          } catch (error) {
            throw told(error)
          }
        },
        proveBody: null,
      }
      return pass
    } catch (error) {
      throw told(error)
    }
  }
  return { look }
}

/** @throws AppError FLUXPORT.0601: another site may not sign a person in, into an account of its own */
function bodyCheck(authenticator: Authenticator, form: 'contract' | 'console', request: FastifyRequest) {
  const { console: ofConsole } = authenticator
  if (form === 'contract' || !ofConsole) return authenticator.keyInBody
  assertFromOwnPage(request, ofConsole.publicUrl())
  return ofConsole.signIn
}

const noHead = () => {
  throw new Error('the key is in the body')
}
const unknownHead: SignedHead = { accessKey: '', holder: null, isProven: false, prove: noHead }

const ownerOf = ({ isProven, holder, accessKey }: SignedHead, address: string, isHeld: boolean): BodyOwner =>
  isProven && holder
    ? { kind: 'proven', accountId: holder.accountId }
    : { kind: 'unproven', address, accessKey, isHeld }

/**
 * A token or a cookie proves its holder at once; a signature that covers the body may be checked only after it, and goes
 * first. A cookie counts only beside neither.
 */
async function headOf(authenticator: Authenticator, access: Access, request: FastifyRequest): Promise<SignedHead> {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  )
  const authorization = headers['authorization'] ?? ''
  if (access.token && /^(bearer|basic) /i.test(authorization)) return proven(await authenticator.token(authorization))
  const session = headers['x-auth-token']
  if (session !== undefined && authorization === '') return proven(await authenticator.session(session))
  const sealed = session === undefined && headers['authorization'] === undefined && sealedSessionIn(request.headers)
  if (sealed && authenticator.console) {
    assertFromOwnPage(request, authenticator.console.publicUrl())
    return proven(await authenticator.console.session(sealed))
  }
  const isStreamed = request.routeOptions.config.streamsBody === true
  return await authenticator.head({ method: request.method, rawTarget: request.raw.url ?? '/', headers, isStreamed })
}

const proven = (holder: Caller): SignedHead => ({
  accessKey: holder.accessKey,
  holder,
  isProven: true,
  prove: () => holder,
})

function allowed(access: Access, caller: Caller): Caller {
  if (access.roles.includes(caller.role)) return caller
  throw new AppError('CDN.0004', `A key with the role ${caller.role} may not do this`)
}

/**
 * Reads a body whole and checks its sender. Some clients send a body with a GET, and sign it.
 * @returns its bytes; empty when the pass does not hold them
 * @throws AppError as `readPieces` and `prove` do, FLUXPORT.0003 when there is no room for the body
 */
export async function readWholeBody(request: FastifyRequest, pass: Pass): Promise<Buffer> {
  const [hash, pieces]: [ReturnType<typeof createHash>, Buffer[]] = [createHash('sha256'), []]
  await readPieces(request.raw, {
    bytesMax: request.routeOptions.bodyLimit,
    timeoutMs: bodyTimeoutMs,
    onPiece: (piece) => {
      hash.update(piece)
      pass.share.take(piece.length)
      if (pass.isHeld) pieces.push(piece)
    },
  })
  const body = Buffer.concat(pieces)
  pass.caller = pass.proveBody ? await pass.proveBody(body) : pass.prove(hash.digest('hex'))
  return body
}
