import { createHash } from 'node:crypto'
import { signatureScheme } from './canonical-request.ts'
import { parseAuthorization, requestSignature } from './signature.ts'

/** The value of `x-sdk-content-sha256` when the signature does not cover the body. */
export const unsignedPayloadHash = 'UNSIGNED-PAYLOAD'

/** A request to be sent. */
export type RequestToSign = {
  method: string
  /**
   * The target. The host is signed, with a port that is not the scheme's default; user, password and fragment are not
   * sent.
   */
  url: URL
  /**
   * Headers that are sent and signed as given, names in any case. `Host`, `X-Sdk-Date` and `Authorization` are
   * replaced.
   */
  headers?: Readonly<Record<string, string>>
  /** The exact body, text as UTF-8. Default: empty. */
  body?: string | Uint8Array
  accessKey: string
  secretKey: string
  /** Unix ms, in the years 0 to 9999; the signature carries whole seconds, rounded down. */
  nowMs: number
  /** Leaves the body out of the signature, for a streamed body; `body` is then ignored. Default false. */
  unsignedPayload?: boolean
}

/** `YYYYMMDDTHHMMSSZ` in UTC. */
function formatSdkDate(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`
}

/** All headers to send except `Authorization`. Names must differ in more than case. */
function headersToSend({ headers = {}, nowMs, unsignedPayload: isUnsigned }: RequestToSign): Map<string, string> {
  const replaced = ['host', 'authorization', 'x-sdk-date', ...(isUnsigned ? ['x-sdk-content-sha256'] : [])]
  const kept = Object.entries(headers).filter(([name]) => !replaced.includes(name.toLowerCase()))
  const names = kept.map(([name]) => name.toLowerCase())
  if (new Set(names).size !== names.length) throw new Error('A header is given twice, in different case')

  const sent = new Map(kept)
  if (!names.includes('content-type')) sent.set('Content-Type', 'application/json')
  if (isUnsigned) sent.set('x-sdk-content-sha256', unsignedPayloadHash)
  return sent.set('X-Sdk-Date', formatSdkDate(nowMs))
}

/**
 * Signs a request as the official SDKs do. It returns all headers to send except `Host`, which the HTTP client sets
 * from the same URL. `Content-Type` is `application/json` unless given. A given `x-sdk-content-sha256` replaces the
 * hash of the body.
 * @throws Error when a header is given twice, or the access key or a header name holds a character that no
 * `Authorization` header may hold, or all names together pass its 8 KiB
 * @throws RangeError when `nowMs` is not a date
 */
export function signRequest(request: RequestToSign): Record<string, string> {
  const { method, url, body = '', accessKey, secretKey } = request
  const sent = headersToSend(request)
  const signed = new Map([...sent].map(([name, value]): [string, string] => [name.toLowerCase(), value]))
  signed.set('host', url.host)

  const signedHeaders = [...signed.keys()].sort()
  const payloadHash = signed.get('x-sdk-content-sha256')?.trim() ?? createHash('sha256').update(body).digest('hex')
  const signature = requestSignature(
    { method, rawTarget: url.pathname + url.search, headers: Object.fromEntries(signed), signedHeaders, payloadHash },
    signed.get('x-sdk-date') ?? '',
    secretKey,
  ).toString('hex')

  const authorization = `${signatureScheme} Access=${accessKey}, SignedHeaders=${signedHeaders.join(';')}, Signature=${signature}`
  // Parsed back as the server will parse it; a name with a semicolon in it would become two.
  if (parseAuthorization(authorization)?.signedHeaders.length !== signedHeaders.length) {
    throw new Error('The access key or the headers cannot be signed: a character that is not allowed, or too long')
  }
  return { ...Object.fromEntries(sent), Authorization: authorization }
}
