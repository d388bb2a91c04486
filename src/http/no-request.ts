import { randomBytes } from 'node:crypto'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { errorBody } from '../errors.ts'
import { securityHeaders } from './security-headers.ts'

/** After a refusal, a connection that the client does not close is cut after this time. */
const lingerMs = 5_000

/** Answers bytes that are not a request, and that no route sees, in the shape of every other error. */
export function answerNoRequests(server: Server): void {
  server.on('connect', (_request, socket) => refuse(socket, '400 Bad Request', 'This is not a proxy'))
  // RFC 9110, 10.1.1: an unknown expectation may be ignored.
  server.on('checkContinue', (request, response) => {
    asksFirst.add(request)
    // The client sends the body only when asked. If nobody asks, the connection cannot continue, so it is closed.
    response.setHeader('Connection', 'close')
    server.emit('request', request, response)
  })
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
}

/** Requests with `Expect: 100-continue` whose body was not asked for yet. */
const asksFirst = new WeakSet<IncomingMessage>()

/** Asks for the body if the client waits for that; other clients send it anyway. */
export function sendContinue(request: IncomingMessage, response: ServerResponse): void {
  if (!asksFirst.delete(request)) return
  response.removeHeader('Connection')
  response.writeContinue()
}

/** The server's own refusals: bytes that are not HTTP, a head that is too long, a head that does not end. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'HPE_HEADER_OVERFLOW') {
    refuse(socket, '431 Request Header Fields Too Large', 'The path, query and headers are longer than 16 KiB')
  } else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    refuse(socket, '408 Request Timeout', 'The request did not arrive in time')
  } else {
    refuse(socket, '400 Bad Request', 'The request is not HTTP')
  }
}

function refuse(socket: Duplex, status: string, message: string) {
  if (!socket.writable) return
  const requestId = randomBytes(16).toString('hex')
  const body = JSON.stringify(errorBody('APIGW.0201', message, requestId))
  const head = [
    `HTTP/1.1 ${status}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    ...Object.entries(securityHeaders(false)).map(([name, value]) => `${name}: ${value}`),
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  const cut = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(cut))
}
