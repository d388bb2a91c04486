import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '../errors.ts'

/** Headers that a proxy adds to a request that it passes on. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/**
 * Lets a request read the metrics: one with the token; without a token set, one from this host itself. A request with a
 * proxy's headers is not from this host. A proxy without such headers has to refuse the path itself.
 * @throws AppError APIGW.0301 without the token, CDN.0004 from elsewhere
 */
export function assertMayReadMetrics(
  token: string | null,
  asked: { headers: IncomingHttpHeaders; address: string | undefined },
): void {
  if (token !== null) {
    const given = /^bearer +(.+)$/i.exec(asked.headers.authorization ?? '')?.[1] ?? ''
    if (timingSafeEqual(digestOf(given), digestOf(token))) return
    throw new AppError('APIGW.0301', 'Incorrect IAM authentication information: the metrics token is not valid')
  }
  const isPassedOn = proxyHeaders.some((name) => asked.headers[name] !== undefined)
  if (isLoopback(asked.address ?? '') && !isPassedOn) return
  throw new AppError(
    'CDN.0004',
    'Metrics are answered to the server’s own host alone: --metrics-token or --metrics-address lets others in',
  )
}

/**
 * Lets a request with the token read the figures of all accounts. Every user of this host can connect to the server.
 * @throws AppError APIGW.0301 without the token, CDN.0004 where none is set
 */
export function assertMayReadUsage(
  token: string | null,
  asked: Parameters<typeof assertMayReadMetrics>[1],
): asserts token is string {
  if (token === null)
    throw new AppError('CDN.0004', 'The usage of all accounts is answered with --metrics-token or at --metrics-address')
  assertMayReadMetrics(token, asked)
}

const digestOf = (text: string) => createHash('sha256').update(text).digest()

const isLoopback = (address: string) => /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1'
