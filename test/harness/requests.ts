import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { expect } from 'vitest'
import { signRequest } from '../../src/auth/sign-request.ts'
import type { Key, TestServer } from './server.ts'

/** What a server answered, headers by lower-case name. */
export type Got = { status: number; headers: IncomingHttpHeaders; bytes: Buffer; text: string; json: Json }
export type Json = Record<string, unknown>

/** A request to the letter: nothing is normalised, and a GET may have a body. A connection of its own without an agent. */
export type Sent = {
  method?: string
  target: string
  headers?: Record<string, string>
  body?: string | Buffer
  agent?: Agent
}

export function send(endpoint: string, { method = 'GET', target, headers = {}, body, agent }: Sent): Promise<Got> {
  const { hostname, port } = new URL(endpoint)
  const length = body === undefined ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { hostname, port, method, path: target, headers: { ...length, ...headers }, agent: agent ?? false },
      (response) => {
        const pieces: Buffer[] = []
        response.on('data', (piece: Buffer) => pieces.push(piece))
        response.on('error', reject)
        response.on('end', () => {
          const bytes = Buffer.concat(pieces)
          const text = bytes.toString('utf8')
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes, text, json: jsonOf(text) })
        })
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

function jsonOf(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}

/** How a request is signed; what is signed and what is sent may be told apart with `signHeaders` and `send`. */
export type Signed = Sent & { key?: Key; nowMs?: number }

/** The headers of a signed request, `Host` among them. */
export function signHeaders(server: TestServer, { method = 'GET', target, headers = {}, body, ...how }: Signed) {
  const url = new URL(server.endpoint + target)
  const key = how.key ?? server.credentials
  const signed = signRequest({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body }),
    accessKey: key.access_key,
    secretKey: key.secret_key,
    nowMs: how.nowMs ?? Date.now(),
  })
  return { Host: url.host, ...signed }
}

export const sendSigned = (server: TestServer, signed: Signed): Promise<Got> =>
  send(server.endpoint, { ...signed, headers: signHeaders(server, signed) })

/** An error in the shape that every official SDK reads, under the id of its header. Answers its message. */
export function expectError(got: Got, status: number, code: string): string {
  const message = String(got.json['error_msg'])
  expect({ status: got.status, code: got.json['error_code'], message }).toEqual({ status, code, message })
  expectErrorShape(got)
  return message
}

/** The superset body of the contract, and the request id in body and header. */
export function expectErrorShape(got: Got): void {
  const { error_code: code, error_msg: message, request_id: requestId } = got.json
  expect(got.headers['content-type']).toMatch(/^application\/json/)
  expect(got.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
  expect(code).toMatch(/^(CDN|APIGW|FLUXPORT)\.\d{4}$/)
  expect(message).toMatch(/\S/)
  expect(got.json).toEqual({
    error: { error_code: code, error_msg: message, code, message },
    error_code: code,
    error_msg: message,
    request_id: requestId,
  })
  expect(requestId).toBe(got.headers['x-request-id'])
}

/** Another account, with a key of its own. */
export async function newAccount(server: TestServer, name: string): Promise<Key & { account_id: string }> {
  const account = await server.call('POST', '/api/v1/accounts', { name })
  const accountId = String(account.json['account_id'])
  return { ...(await newKey(server, { role: 'account', account_id: accountId })), account_id: accountId }
}

/** A key as `POST /api/v1/access-keys` makes it. */
export async function newKey(server: TestServer, key: Json): Promise<Key & { ingest_token: string }> {
  const { status, text, json } = await server.call('POST', '/api/v1/access-keys', key)
  expect(status, text).toBe(200)
  return {
    access_key: String(json['access_key']),
    secret_key: String(json['secret_key']),
    ingest_token: String(json['ingest_token']),
  }
}
