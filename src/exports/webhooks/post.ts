import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import { AddressRefused, allowedLookup, isAllowedAddress } from './public-address.ts'

/** Longest time of a receiver, from the connection to the end of its answer. */
export const postTimeoutMs = 10_000
/** Bytes read of an answer: only its status matters. */
const answerBytesMax = 64 * 1024

/** The receiver has not answered in time, whether it was reached or not. */
export class NoAnswerInTime extends Error {
  constructor() {
    super(`no answer within ${postTimeoutMs} ms`)
    this.name = 'NoAnswerInTime'
  }
}

/**
 * Posts a body once and returns the status. Redirects are answers like others: they are not followed.
 * @throws NoAnswerInTime; AddressRefused when the host is not allowed; Error when there is no connection or no answer
 */
export function post(
  url: URL,
  body: string,
  options: { headers: Record<string, string>; allowPrivate: boolean; signal: AbortSignal },
): Promise<number> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) !== 0 && !isAllowedAddress(host, options.allowPrivate)) throw new AddressRefused(host)
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest
  return new Promise((resolve, reject) => {
    const request = send(url, {
      method: 'POST',
      agent: false,
      signal: options.signal,
      lookup: allowedLookup(options.allowPrivate),
      headers: { ...options.headers, 'Content-Length': Buffer.byteLength(body) },
    })
    // Node 20's garbage collector may take an AbortSignal.timeout inside AbortSignal.any before its time.
    const timeout = setTimeout(() => request.destroy(new NoAnswerInTime()), postTimeoutMs)
    let status: number | undefined
    request.on('error', reject)
    request.on('response', (answer) => {
      status = answer.statusCode
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > answerBytesMax) answer.destroy()
      })
      answer.on('error', () => undefined) // the status is known
    })
    // Comes last in any case; after a change of protocol it is the only event.
    request.on('close', () => {
      clearTimeout(timeout)
      if (status === undefined) reject(new Error('the connection was closed without an answer'))
      else resolve(status)
    })
    request.end(body)
  })
}
