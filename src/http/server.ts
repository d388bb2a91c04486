import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, {
  type FastifyBaseLogger,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RawServerDefault,
} from 'fastify'
import { AppError, errorBody, parameterError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { createBodyBudget } from './body-budget.ts'
import type { Authenticator, Caller } from './caller.ts'
import { type Connections, limitConnections } from './connections.ts'
import { type Access, createHeadGate, type HeadGate, type Pass, readWholeBody } from './head-gate.ts'
import { parseJsonBody } from './json-body.ts'
import { answerClientError, answerNoRequests, sendContinue } from './no-request.ts'
import { gateNumbers } from './number-gate.ts'
import { drain } from './read-body.ts'
import { countRefusals } from './refusals.ts'
import { compilersAtFirstUse } from './schema-compilers.ts'
import { securityHeaders } from './security-headers.ts'
import { soundAnswer } from './sound-answers.ts'

/** A server whose routes are typed by their TypeBox schemas. */
export type Routes = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
    /** The route reads its body in pieces, with `streamedBodyOf`. */
    streamsBody?: boolean
  }
  interface FastifyRequest {
    caller: Caller | null
    /** Facts that the head has proven; null on a public route. */
    pass: Pass | null
    /** A JSON body as received; it is parsed after the rate limits. */
    unparsedBody: Buffer | null
    /**
     * The client has shown a secret of this account, so that its connection gives way to no stranger's.
     * @param accountId null: an operator
     * @throws AppError FLUXPORT.0004 when every connection of the account's share has a request on it
     */
    proveConnection(accountId: string | null): void
  }
}

/** A JSON body has at most this many bytes. */
const bodyBytesMax = 1 << 20

/** Bound for a streamed body, whose sender is known. Other bodies have 30 s (head-gate.ts). */
const requestTimeoutMs = 30 * 60_000
const headersTimeoutMs = 30_000
const connectionCheckMs = 5_000
const anyHost = { requireHostHeader: false }

export type EdgeDeps = {
  authenticator: Authenticator
  log: Logger
  tls: { cert: string; key: string; minVersion: 'TLSv1.2' | 'TLSv1.3' } | null
  /** Most bytes of incoming bodies held in memory at once. */
  bodyBytesMax: number
  /** Heads without a valid key that an address may send, averaged over ten seconds, before the answer is 429. */
  refusalsPerSecond: number
  connectionsMax: number
  /** Most unproven connections of one address. */
  connectionsPerAddressMax: number
  limitCounts: LimitCounts
}

/**
 * An HTTP server with the rules of every route: a request id on every answer, one shape of error, heads checked before
 * bodies are read, signatures checked over the raw bytes before anything is parsed.
 */
export function createServer(deps: EdgeDeps): Routes {
  const edge = { log: deps.log, always: securityHeaders(deps.tls !== null) }
  const server = fastify({
    // One type for both: the routes do not depend on TLS. A missing Host is answered below, with a body.
    ...({ http: httpOptions, https: deps.tls && { ...deps.tls, ...httpOptions, handshakeTimeout: 10_000 } } as object),
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    genReqId: () => randomBytes(16).toString('hex'),
    // Text becomes a boolean, as clients of all ages send it; a list of one item does not become the item.
    ajv: { customOptions: { coerceTypes: true } },
    schemaController: { compilersFactory: compilersAtFirstUse },
    routerOptions: { querystringParser: parseQuery, maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => answerError(edge, error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>()
  server.server.headersTimeout = headersTimeoutMs
  answerNoRequests(server.server)
  const connections = limitConnections(server.server, deps, () => deps.limitCounts.reached('connections'))
  const gate = createHeadGate({
    authenticator: deps.authenticator,
    budget: createBodyBudget(deps.bodyBytesMax),
    refusals: countRefusals(deps.refusalsPerSecond, Date.now),
  })
  decorateRequests(server, connections)
  addHeadHooks(server, gate, edge.always)
  addBodyHooks(server)
  server.setErrorHandler((error: FastifyError, request, reply) => answerError(edge, error, request, reply))
  server.setNotFoundHandler((request, reply) => answerError(edge, new AppError('APIGW.0101'), request, reply))
  return server
}

const httpOptions = { ...anyHost, connectionsCheckingInterval: connectionCheckMs }

function decorateRequests(server: Routes, connections: Connections) {
  server.decorateRequest('caller', null)
  server.decorateRequest('pass', null)
  server.decorateRequest('unparsedBody', null)
  server.decorateRequest('proveConnection', function (this: FastifyRequest, accountId) {
    if (connections.prove(this.raw.socket, accountId)) return
    const problem = 'The account has as many connections as its share, and a request on each'
    throw new AppError('FLUXPORT.0004', problem, { retryAfterSeconds: 1 })
  })
}

/** Hooks that run before any byte of a body is read. */
function addHeadHooks(server: Routes, gate: HeadGate, always: Record<string, string>) {
  server.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id).headers(always)
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new AppError('APIGW.0201', 'The header Host is missing')
    // The router would cut the target at a #, and the signature would not.
    if (request.raw.url?.includes('#')) throw new AppError('APIGW.0201', 'The request target has a #')
    if (request.is404) throw new AppError('APIGW.0101')
    const { access } = request.routeOptions.config
    if (!access) return
    const pass = await gate.look(request, access)
    reply.raw.once('close', () => pass.share.end())
    request.pass = pass
    sendContinue(request.raw, reply.raw)
  })
}

function addBodyHooks(server: Routes) {
  // Fastify must not read the body: the hook below reads it, or the route itself.
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined))
  server.addHook('preValidation', async (request) => {
    const { pass, routeOptions } = request
    if (pass) {
      const isStreamed = routeOptions.config.streamsBody === true
      const body = isStreamed ? null : await readWholeBody(request, pass)
      request.caller = pass.caller
      if (pass.caller) request.proveConnection(pass.caller.role === 'operator' ? null : pass.caller.accountId)
      if (routeOptions.schema?.body) request.unparsedBody = body
    }
  })
  server.addHook('preSerialization', async (request, reply, answer) => {
    const schemas = request.routeOptions.schema?.response as Record<string, object> | undefined
    const schema = schemas?.[reply.statusCode]
    return schema ? soundAnswer(answer, schema) : answer
  })
  server.addHook('onResponse', async (request) => drain(request.raw))
}

/**
 * Parses the bodies of all routes added after this call, and puts the gate for numbers before them. Both run after the
 * rate limits, which count malformed requests, too. No header in a schema holds a number.
 */
export function gateRoutes(server: Routes): void {
  server.addHook('onRoute', (route) => {
    const gate = async (request: FastifyRequest) => {
      const { schema } = route
      if (request.unparsedBody) request.body = parseJsonBody(request.unparsedBody)
      request.unparsedBody = null
      if (schema?.params) gateNumbers(request.params, schema.params)
      if (schema?.querystring) gateNumbers(request.query, schema.querystring)
      if (schema?.body) gateNumbers(request.body, schema.body)
    }
    route.preValidation = [route.preValidation ?? [], gate].flat()
  })
}

/** The caller of a route that has `access`. @throws Error for any other route */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('the route has no access rule')
  return request.caller
}

/** `+` is a plus, as in the signature; a repeated name becomes a list, which no parameter accepts. */
function parseQuery(text: string): Record<string, unknown> {
  const query: Record<string, unknown> = Object.create(null)
  for (const part of text.split('&')) {
    if (part === '') continue
    const at = part.indexOf('=')
    const name = decode(at < 0 ? part : part.slice(0, at))
    const value = at < 0 ? '' : decode(part.slice(at + 1))
    const before = query[name]
    if (before === undefined) query[name] = value
    else if (Array.isArray(before)) before.push(value)
    else query[name] = [before, value]
  }
  return query
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Refusals that ask for a retry and are no fault of the server. */
const asksToComeAgain: ReadonlySet<string> = new Set(['FLUXPORT.0003', 'FLUXPORT.0105'])

type Asked = Pick<FastifyRequest, 'id'> & { routeOptions?: { url?: string | undefined } }

function answerError(
  { log, always }: { log: Logger; always: Record<string, string> },
  error: FastifyError | AppError,
  request: Asked,
  reply: Pick<FastifyReply, 'code' | 'header' | 'headers'>,
) {
  const known = toAppError(error)
  if (known.retryAfterSeconds !== null) reply.header('Retry-After', known.retryAfterSeconds)
  if (known.status >= 500 && !asksToComeAgain.has(known.code))
    log.error({ err: error, requestId: request.id, path: request.routeOptions?.url }, 'http.failed')
  return (
    reply
      .code(known.status)
      .header('Content-Type', 'application/json; charset=utf-8')
      // Hooks do not run for a target that cannot be decoded, so the headers are set here.
      .headers({ ...always, 'X-Request-Id': request.id })
      .send(JSON.stringify(errorBody(known.code, known.message, request.id)))
  )
}

/** Maps Fastify's own errors by status and code, never by text. */
function toAppError(error: FastifyError | AppError): AppError {
  if (error instanceof AppError) return error
  if (error.validation) return fromValidation(error)
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500)
    return new AppError('APIGW.0201', 'The request is malformed', { status, cause: error })
  return new AppError('FLUXPORT.0001', undefined, { cause: error })
}

/** Names the parameter and the allowed values. */
function fromValidation(error: FastifyError): AppError {
  const [first] = error.validation ?? []
  const missing = first?.params['missingProperty']
  const name = typeof missing === 'string' ? missing : (first?.instancePath.slice(1).replaceAll('/', '.') ?? '')
  const allowed = first?.params['allowedValue'] ?? first?.params['allowedValues']
  const said =
    first?.keyword === 'pattern' ? 'it has a character that is not allowed' : (first?.message ?? 'it is not valid')
  return parameterError(name || 'body', allowed === undefined ? said : `${said}: ${JSON.stringify(allowed)}`)
}
