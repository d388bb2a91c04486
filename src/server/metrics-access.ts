import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '../errors.ts'

/** What a proxy adds to a request that it passes on. */
const proxyHeaders = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via']

/**
 * Whether a request may have the metrics: whoever has the token; where there is none, this host itself. What a proxy on this
 * host says it passes on is not of this host; a proxy that says nothing of it is to keep the path to itself.
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

const digestOf = (text: string) => createHash('sha256').update(text).digest()

const isLoopback = (address: string) => /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address) || address === '::1'
