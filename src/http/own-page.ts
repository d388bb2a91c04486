import type { IncomingHttpHeaders } from 'node:http'
import { AppError } from '../errors.ts'

/** The cookie with the console's sealed session. */
export const sessionCookie = 'fluxport_session'

/**
 * The sealed session in a request's cookies; undefined without one. Of two cookies with the name, a neighbouring site
 * may have set one, so neither counts.
 */
export function sealedSessionIn(headers: IncomingHttpHeaders): string | undefined {
  const cookies = (headers.cookie ?? '').split(';').map((cookie) => cookie.trim())
  const values = cookies.flatMap((cookie) =>
    cookie.startsWith(`${sessionCookie}=`) ? [cookie.slice(sessionCookie.length + 1)] : [],
  )
  return values.length === 1 && values[0] !== '' ? values[0] : undefined
}

type Sent = { method: string; headers: IncomingHttpHeaders }

/**
 * Refuses a request with a cookie that the console's own page did not send. Browsers add cookies by themselves, so a
 * cookie alone does not prove who wanted the request. Another site's page cannot set the header without the server's
 * leave, and the server gives it to none (no CORS).
 * @throws AppError FLUXPORT.0601
 */
export function assertFromOwnPage({ method, headers }: Sent, publicUrl: string): void {
  const { origin, host = '' } = headers
  const site = headers['sec-fetch-site'] ?? 'none'
  // "none": a person typed the address, or opened a bookmark.
  if (site !== 'same-origin' && site !== 'none')
    throw foreign(`its Sec-Fetch-Site is not same-origin: another site sent it`)
  if (origin !== undefined && !isOwn(origin, host, publicUrl))
    throw foreign('its Origin is neither the Host that it names nor the public URL: another site sent it')
  if (method === 'GET' || method === 'HEAD') return
  if (headers['x-fluxport-console'] !== '1') throw foreign('the header X-Fluxport-Console: 1 is missing')
}

const foreign = (why: string) => new AppError('FLUXPORT.0601', `The request is not of the console’s own page: ${why}`)

function isOwn(origin: string, host: string, publicUrl: string): boolean {
  const [sender, own] = [originOf(origin), originOf(publicUrl)]
  if (sender === null) return false
  // A proxy may end TLS, so the scheme is the sender's.
  const named = originOf(`${sender.slice(0, sender.indexOf(':'))}://${host}`)
  return sender === named || sender === own
}

const originOf = (url: string): string | null => {
  const origin = URL.canParse(url) ? new URL(url).origin : 'null'
  return origin === 'null' ? null : origin
}
