import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { signRequest } from '../auth/sign-request.ts'
import { parseExactJson } from '../exact-json.ts'
import { type Credentials, readCredentials, readServerFile, type ServerFile } from '../parts/data-files.ts'
import { visibleText } from '../visible-text.ts'
import { connectToOwn, ownCertificateOf } from './own-certificate.ts'

/** The API as the client commands use it. */
export type Client = {
  endpoint: string
  /** Proves to a server on this host that the client can read its data directory; null for other servers. */
  localToken: string | null
  /** The file of the only certificate accepted for a URL; null: any from the usual authorities. */
  certificateOf(url: URL): string | null
  get<T>(path: string, query?: Query): Promise<T>
  send<T>(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: object, headers?: Record<string, string>): Promise<T>
  /** Sends any signed request and returns its answer unchanged; a status of 400 and more is an answer, too. */
  request(
    method: string,
    path: string,
    options: { text?: string; headers?: Record<string, string> },
  ): Promise<RawAnswer>
  /** Streams `body`, unhashed, as the log batch route takes it. */
  upload<T>(path: string, query: Query, body: Readable): Promise<T>
}

/** An unchanged answer. */
type RawAnswer = { status: number; headers: IncomingMessage['headers']; text: string }

type Query = Record<string, string | number | boolean | undefined>

type ClientErrorOptions = { retryAfterSeconds?: number; code?: string; isUnanswered?: boolean }

/** An error answer, or no answer; the message is for the terminal. */
export class ClientError extends Error {
  /** Set when the server is overloaded and names a time to retry. */
  readonly retryAfterSeconds: number | null
  /** The server's code, like CDN.0004; null: no answer, or no request. */
  readonly code: string | null
  /** True if the server gave no answer of its own: its work may be done or not. */
  readonly isUnanswered: boolean
  constructor(message: string, options: ErrorOptions & ClientErrorOptions = {}) {
    super(message, options)
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
    this.code = options.code ?? null
    this.isUnanswered = options.isUnanswered ?? false
  }
}

export type ClientFlags = { endpoint?: string; accessKey?: string; secretKey?: string; dataDir: string }

/**
 * Names of environment variables with keys: Fluxport's first, then those that programs for the contract use already.
 */
const keyVariables = [
  ['FLUXPORT_AK', 'FLUXPORT_SK'],
  ['CLOUD_SDK_AK', 'CLOUD_SDK_SK'],
  ['HUAWEICLOUD_SDK_AK', 'HUAWEICLOUD_SDK_SK'],
] as const

/**
 * Finds endpoint and key: in the flags, the environment, then the data directory's credentials.json.
 * @throws ClientError that names the searched places
 */
export async function openClient(flags: ClientFlags, environment: NodeJS.ProcessEnv): Promise<Client> {
  const [credentials, server] = await Promise.all([readCredentials(flags.dataDir), readServerFile(flags.dataDir)])
  const endpoint =
    flags.endpoint ??
    environment['FLUXPORT_ENDPOINT'] ??
    server?.endpoint ??
    credentials?.endpoint ??
    'http://127.0.0.1:8080'
  const { accessKey, secretKey, origin } = keyOf(flags, environment, credentials)
  const certificateOf = (url: URL) => ownCertificateOf(server, url)
  const request = (method: string, path: string, options: Omit<CallOptions, 'certificate'>) => {
    const url = new URL(path + queryText(options.query), endpoint)
    // A path that begins with // names another host, which must not get a request signed with the key.
    if (url.origin !== new URL(endpoint).origin) throw new ClientError(`PATH: ${path} leads away from ${endpoint}`)
    return sendSigned(url, method, { accessKey, secretKey }, { ...options, certificate: certificateOf(url) })
  }
  const call = async (method: string, path: string, options: Omit<CallOptions, 'certificate'>) =>
    parsedAnswer(await request(method, path, options), `${accessKey}, from ${origin}`)
  return {
    endpoint,
    certificateOf,
    localToken: server && server.endpoint === endpoint ? server.local_token : null,
    get: (path, query) => call('GET', path, { query }) as never,
    send: (method, path, body, headers) => call(method, path, { text: JSON.stringify(body ?? {}), headers }) as never,
    request,
    upload: (path, query, body) => call('POST', path, { query, stream: body }) as never,
  }
}

type FoundKey = {
  accessKey: string
  secretKey: string
  /** The place in which the key was found, in the words of the help. */
  origin: string
}

/**
 * Finds a key: both halves in one place, or they are of two keys.
 * @throws ClientError that names the missing half, or the searched places
 */
function keyOf(flags: ClientFlags, environment: NodeJS.ProcessEnv, credentials: Credentials | null): FoundKey {
  const places = [
    { of: [flags.accessKey, flags.secretKey], names: ['--access-key', '--secret-key'], origin: '--access-key' },
    ...keyVariables.map((names) => ({
      of: names.map((name) => environment[name] || undefined),
      ...{ names, origin: `the variable ${names[0]}` },
    })),
  ]
  for (const { of, names, origin } of places) {
    const [accessKey, secretKey] = of
    if (accessKey && secretKey) return { accessKey, secretKey, origin }
    const [given, lacking] = accessKey === undefined ? [1, 0] : [0, 1]
    if (of[given] !== undefined)
      throw new ClientError(
        `${names[given]} is given without ${names[lacking]}: a key has both, and those of two keys do not fit`,
      )
  }
  if (!credentials) {
    throw new ClientError(
      `No access key: give --access-key and --secret-key, or FLUXPORT_AK and FLUXPORT_SK, or --data-dir with the ` +
        `directory of a server that has run (${flags.dataDir} has no credentials.json).`,
    )
  }
  const { access_key: accessKey, secret_key: secretKey } = credentials
  return { accessKey, secretKey, origin: `credentials.json in ${flags.dataDir}` }
}

type CallOptions = {
  query?: Query | undefined
  text?: string
  headers?: Record<string, string> | undefined
  stream?: Readable
  certificate: string | null
}

/** `%20`, not `+`: the signature knows no other space. */
function queryText(query: Query | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined)
  if (pairs.length === 0) return ''
  return `?${pairs.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}`
}

/** Uses node:http, because fetch gives up on an answer after 300 s. */
async function sendSigned(
  url: URL,
  method: string,
  key: { accessKey: string; secretKey: string },
  options: CallOptions,
): Promise<RawAnswer> {
  const { text, stream } = options
  const signed = signRequest({
    method,
    url,
    ...key,
    nowMs: Date.now(),
    headers: { 'Content-Type': stream ? 'application/octet-stream' : 'application/json', ...options.headers },
    ...(text === undefined ? {} : { body: text }),
    ...(stream ? { unsignedPayload: true } : {}),
  })
  const length: Record<string, string> = stream ? {} : { 'Content-Length': String(Buffer.byteLength(text ?? '')) }
  const sent = stream ?? Readable.from(text ? [text] : [])
  const answer = await exchange(url, method, { ...signed, ...length }, sent, options)
  return { status: answer.statusCode ?? 500, headers: answer.headers, text: await textOf(answer) }
}

/**
 * @param key the key that signed, and where it was found: a forgotten variable comes before the data directory
 * @throws ClientError for an answer that is an error
 */
function parsedAnswer({ status, headers, text }: RawAnswer, key: string): unknown {
  const parsed = parse(text)
  if (status < 400) return parsed
  // A server that closes answers so by itself, and so does a proxy without one.
  if (status === 503 && !('error_code' in (parsed as object)))
    throw new ClientError(`HTTP 503: ${endedText}`, { isUnanswered: true })
  const { error_code: code = `HTTP ${status}`, error_msg: message = text.slice(0, 200) } = parsed as Record<
    string,
    string
  >
  const retryAfter = Number(headers['retry-after'] ?? Number.NaN)
  const isBusy = (status === 429 || status === 503) && Number.isFinite(retryAfter)
  const signer = status === 401 || status === 403 ? ` The key is ${key}` : ''
  const shown = `${code}: ${message} (request ${headers['x-request-id'] ?? 'unknown'})${signer}`
  throw new ClientError(visibleText(shown), {
    code,
    ...(isBusy ? { retryAfterSeconds: retryAfter } : {}),
  })
}

function parse(body: string): unknown {
  try {
    return parseExactJson(body)
  } catch {
    return {}
  }
}

const certificateProblem = /^(ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(VERIFY|GET_ISSUER)|CERT_)/

const endedText = 'the server has ended, or is ending. Start it, and run the command again'
/** Codes of a connection that the server ended before its answer. */
const endedCodes = ['ECONNRESET', 'EPIPE']

function adviceOn(code = ''): string {
  if (code === 'ECONNREFUSED') return '. Is fluxport serve running?'
  if (!certificateProblem.test(code)) return ''
  return (
    '. Name the server as its certificate does, with --endpoint https://NAME; of one that no known authority has signed, ' +
    'name the authority’s file in NODE_EXTRA_CA_CERTS'
  )
}

type ExchangeOptions = { certificate?: string | null; signal?: AbortSignal }

/**
 * Sends a request and resolves with its answer's head.
 * @param options.certificate the file of the only accepted certificate, by any issuer
 * @throws ClientError when no server answers
 */
export async function exchange(
  url: URL,
  method: string,
  headers: Record<string, string>,
  body: Readable,
  { certificate = null, signal }: ExchangeOptions = {},
): Promise<IncomingMessage> {
  const noAnswer = (error: Error & { code?: string }) => {
    const problem = endedCodes.includes(error.code ?? '') ? endedText : `${error.message}${adviceOn(error.code)}`
    return new ClientError(`No answer from ${url.origin}: ${problem}`, { isUnanswered: true })
  }
  const open = url.protocol === 'https:' ? httpsRequest : httpRequest
  const own =
    certificate === null ? null : await connectToOwn(url, certificate).catch((error) => Promise.reject(noAnswer(error)))
  return await new Promise((resolve, reject) => {
    const request = open(url, {
      method,
      headers,
      ...(signal ? { signal } : {}),
      ...(own ? { createConnection: () => own } : {}),
    })
    let answered = false
    request.on('response', (answer) => {
      answered = true
      resolve(answer)
    })
    const fail = (error: Error & { code?: string }) => {
      if (!answered) reject(noAnswer(error))
    }
    request.on('error', fail)
    pipeline(body, request).catch(fail)
  })
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of answer) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

const publicAnswerMsMax = 10_000

/** Requests a public answer of the server on this host. @throws ClientError when it does not answer within 10 s */
export async function askServer(server: ServerFile, path: string): Promise<{ body: string; date: string }> {
  const url = new URL(path, server.endpoint)
  const how = { certificate: ownCertificateOf(server, url), signal: AbortSignal.timeout(publicAnswerMsMax) }
  const answer = await exchange(url, 'GET', {}, Readable.from([]), how)
  return { body: await textOf(answer), date: answer.headers.date ?? '' }
}
