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
import type { Role } from '../accounts/accounts.ts'
import type { Authenticator, Caller } from '../auth/authenticate.ts'
import { AppError, errorBody, parameterError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import { answerClientError, answerNoRequests } from './no-request.ts'

/** A server whose routes are typed by their TypeBox schemas. */
export type Routes = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse<IncomingMessage>,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>

/** Who may call a route. Without it a route is public. */
export type Access = { roles: readonly Role[]; token?: boolean }

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    caller: Caller | null
  }
}

/** A JSON body has at most this many bytes. */
const bodyBytesMax = 1 << 20
const requestTimeoutMs = 30 * 60_000
const anyHost = { requireHostHeader: false }

/**
 * An HTTP server that knows the house's rules: a request id on every answer, one shape of error, signatures checked over
 * the raw bytes before anything is parsed.
 */
export function createServer(deps: {
  authenticator: Authenticator
  log: Logger
  tls: { cert: string; key: string } | null
}): Routes {
  const server = fastify({
    // One type for both: the routes do not care what carries them. A missing Host is answered below, with a body.
    ...({ http: anyHost, https: deps.tls && { ...deps.tls, ...anyHost } } as object),
    logger: false,
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    genReqId: () => randomBytes(16).toString('hex'),
    // Text becomes a number, as clients of all ages send it; a list of one does not become its item.
    ajv: { customOptions: { coerceTypes: true } },
    routerOptions: { querystringParser: parseQuery, maxParamLength: 300 },
    frameworkErrors: (error, request, reply) => answerError(deps.log, error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>()
  answerNoRequests(server.server)
  server.decorateRequest('caller', null)
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  server.addHook('onRequest', async (request, reply) => {
    reply.header('X-Request-Id', request.id)
    reply.header('X-Content-Type-Options', 'nosniff')
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new AppError('APIGW.0201', 'The header Host is missing')
    // The router would cut the target there, and the signature would not.
    if (request.raw.url?.includes('#')) throw new AppError('APIGW.0201', 'The request target has a #')
  })
  // What nobody read of a body stands before the connection's next request.
  server.addHook('onResponse', async (request) => {
    request.raw.resume()
  })
  server.addHook('preValidation', async (request) => {
    const access = request.routeOptions.config.access
    const body = await readBody(request)
    if (access) request.caller = await authenticate(deps.authenticator, access, request, body)
    if (request.routeOptions.schema?.body)
      request.body = integersOnly(parseJson(body), request.routeOptions.schema.body)
  })
  server.setErrorHandler((error: FastifyError, request, reply) => answerError(deps.log, error, request, reply))
  server.setNotFoundHandler((request, reply) => answerError(deps.log, new AppError('APIGW.0101'), request, reply))
  return server
}

/** The caller of a route that has `access`. */
export function callerOf(request: FastifyRequest): Caller {
  if (!request.caller) throw new Error('the route has no access rule')
  return request.caller
}

async function authenticate(
  authenticator: Authenticator,
  access: Access,
  request: FastifyRequest,
  body: Buffer | null,
) {
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : value]),
  )
  const authorization = headers['authorization'] ?? ''
  const caller =
    access.token && /^(bearer|basic) /i.test(authorization)
      ? await authenticator.token(authorization)
      : await authenticator.signed({ method: request.method, rawTarget: request.raw.url ?? '/', headers, body })
  if (!access.roles.includes(caller.role))
    throw new AppError('CDN.0004', `A key with the role ${caller.role} may not do this`)
  return caller
}

/** The raw bytes; null when the route streams them. Some clients send a body with a GET, and sign it. */
async function readBody(request: FastifyRequest): Promise<Buffer | null> {
  if (Buffer.isBuffer(request.body)) return request.body
  if (request.body !== undefined && request.body !== null) return null
  const pieces: Buffer[] = []
  let size = 0
  if (request.method === 'GET' || request.method === 'HEAD') {
    for await (const piece of request.raw.iterator({ destroyOnReturn: false })) {
      pieces.push(piece as Buffer)
      size += (piece as Buffer).length
      if (size > bodyBytesMax) throw new AppError('APIGW.0201', 'The body is too long', { status: 413 })
    }
  }
  return Buffer.concat(pieces)
}

/** A JSON object without its nulls: SDKs of all ages mean "not given" by them. No body is an empty object. */
function parseJson(body: Buffer | null): Record<string, unknown> {
  const text = body?.toString('utf8').trim() ?? ''
  if (text === '') return {}
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    throw new AppError('APIGW.0201', 'The body is not JSON')
  }
  if (parsed === null) return {}
  if (typeof parsed !== 'object' || Array.isArray(parsed))
    throw new AppError('APIGW.0201', 'The body is not a JSON object')
  return Object.fromEntries(Object.entries(parsed).filter(([, value]) => value !== null))
}

/** The validator reads text as a number, which is wanted, and `true` as 1, which is not. */
function integersOnly(body: Record<string, unknown>, schema: unknown): Record<string, unknown> {
  const { properties = {} } = schema as { properties?: Record<string, { type?: string }> }
  const wrong = Object.keys(body).find(
    (name) => typeof body[name] === 'boolean' && properties[name]?.type === 'integer',
  )
  if (wrong !== undefined) throw parameterError(wrong, 'must be integer')
  return body
}

/** `+` is a plus, as it is in the signature; a repeated name is a list, which no parameter takes. */
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

type Asked = Pick<FastifyRequest, 'id'> & { routeOptions?: { url?: string | undefined } }

function answerError(
  log: Logger,
  error: FastifyError | AppError,
  request: Asked,
  reply: Pick<FastifyReply, 'code' | 'header'>,
) {
  const known = toAppError(error)
  if (known.retryAfterSeconds !== null) reply.header('Retry-After', known.retryAfterSeconds)
  if (known.status >= 500 && known.code !== 'FLUXPORT.0105')
    log.error({ err: error, requestId: request.id, path: request.routeOptions?.url }, 'http.failed')
  return (
    reply
      .code(known.status)
      .header('Content-Type', 'application/json; charset=utf-8')
      // Hooks do not run for a target that cannot be decoded.
      .header('X-Request-Id', request.id)
      .send(JSON.stringify(errorBody(known.code, known.message, request.id)))
  )
}

/** Fastify's own errors by code, never by text. */
function toAppError(error: FastifyError | AppError): AppError {
  if (error instanceof AppError) return error
  if (error.validation) return fromValidation(error)
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new AppError('APIGW.0201', `The body is longer than ${bodyBytesMax} bytes`, { status: 413 })
  }
  const status = error.statusCode ?? 500
  if (status >= 400 && status < 500)
    return new AppError('APIGW.0201', 'The request is malformed', { status, cause: error })
  return new AppError('FLUXPORT.0001', undefined, { cause: error })
}

/** Names the parameter and says what is allowed. */
function fromValidation(error: FastifyError): AppError {
  const [first] = error.validation ?? []
  const missing = first?.params['missingProperty']
  const name = typeof missing === 'string' ? missing : (first?.instancePath.slice(1).replaceAll('/', '.') ?? '')
  const allowed = first?.params['allowedValue'] ?? first?.params['allowedValues']
  const said =
    first?.keyword === 'pattern' ? 'it has a character that is not allowed' : (first?.message ?? 'it is not valid')
  return parameterError(name || 'body', allowed === undefined ? said : `${said}: ${JSON.stringify(allowed)}`)
}
