import type { Operations } from '../../generated/operations.ts'
import { tellReached } from './connection.ts'
import { parseExactly } from './exact-json.ts'

export type Operation = keyof Operations
type PathOf<O extends Operation, M extends string> = O extends `${M} ${infer P}` ? P : never
export type GetPath = PathOf<Operation, 'GET'>
export type QueryOf<O extends Operation> = Operations[O]['query']
export type AnswerOf<O extends Operation> = Operations[O]['answer']
export type GetAnswer<P extends GetPath> = `GET ${P}` extends Operation ? AnswerOf<`GET ${P}`> : never
export type GetQuery<P extends GetPath> = `GET ${P}` extends Operation ? QueryOf<`GET ${P}`> : never

/** An answer of the API that is an error. The message is written for people. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string, message: string) {
    super(message)
    this.name = 'ApiError'
    this.status = status
    this.code = code
  }
}

/** Every request by cookie says that it is from this page: no other site can add the header. */
export const ownHeader = { 'X-Fluxport-Console': '1' }

/** The query without members that are undefined or empty. */
export function queryText(query: Record<string, unknown>): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '')
  const text = parts
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&')
  return text === '' ? '' : `?${text}`
}

type Sent = { body?: BodyInit | undefined; headers?: Record<string, string>; signal?: AbortSignal | undefined }

/**
 * Sends a request of this page.
 * @throws ApiError for an answer that is no success; TypeError when no server answers
 */
export async function send(method: string, target: string, { body, headers, signal }: Sent = {}): Promise<unknown> {
  const init: RequestInit = { method, credentials: 'same-origin', headers: { ...ownHeader, ...headers } }
  if (body !== undefined) init.body = body
  if (signal) init.signal = signal
  const response = await fetch(target, init).catch((error) => {
    if (!signal?.aborted) tellReached(false)
    throw error
  })
  tellReached(true)
  const text = await response.text()
  if (response.ok) return text === '' ? null : parseExactly(text)
  throw errorOf(response.status, text)
}

/** The error that an answer's text tells. */
export function errorOf(status: number, text: string): ApiError {
  try {
    const { error_code: code, error_msg: message, error } = JSON.parse(text)
    return new ApiError(status, code ?? error?.error_code ?? '', message ?? error?.error_msg ?? text)
  } catch {
    return new ApiError(status, '', text.slice(0, 200) || `HTTP ${status}`)
  }
}

/** Reads from the API. */
export const get = <P extends GetPath>(path: P, query: GetQuery<P>, signal?: AbortSignal): Promise<GetAnswer<P>> =>
  send('GET', path + queryText(query as Record<string, unknown>), { signal }) as Promise<GetAnswer<P>>

type Call<O extends Operation> = {
  path?: Record<string, string>
  query?: QueryOf<O>
  body?: Operations[O]['body']
}

/** Calls an operation by its method and path, such as `POST /api/v1/accounts`. */
export function call<O extends Operation>(
  operation: O,
  { path = {}, query, body }: Call<O> = {},
): Promise<AnswerOf<O>> {
  const [method = '', template = ''] = operation.split(' ')
  const target = template.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(path[name] ?? ''))
  const json = body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }
  return send(method, target + queryText((query ?? {}) as Record<string, unknown>), json) as Promise<AnswerOf<O>>
}
