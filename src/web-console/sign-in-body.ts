import type { ClaimedKey } from '../accounts/key-in-body.ts'
import { parameterError } from '../errors.ts'
import { parseJsonBody } from '../http/json-body.ts'

const lengthMax = 1_000

/**
 * Reads the body of a sign-in: a key with its secret, or a link's token.
 * @throws AppError APIGW.0201 for a body that is no JSON object; CDN.0001 naming a member that is missing, or not allowed
 */
export function readSignIn(body: Buffer): ClaimedKey | { linkToken: string } {
  const parsed: unknown = parseJsonBody(body)
  const given = new Map(Object.entries(typeof parsed === 'object' && parsed !== null ? parsed : {}))
  const isLink = (given.get('link_token') ?? null) !== null
  if (isLink && (given.has('access_key') || given.has('secret_key')))
    throw parameterError('link_token', 'it stands alone, without access_key and secret_key')
  if (isLink) return { linkToken: textOf(given, 'link_token') }
  return { accessKey: textOf(given, 'access_key'), secretKey: textOf(given, 'secret_key') }
}

function textOf(given: ReadonlyMap<string, unknown>, name: string): string {
  const value = given.get(name)
  if (typeof value !== 'string' || value === '' || value.length > lengthMax)
    throw parameterError(name, `it must be a text of 1 to ${lengthMax} characters`)
  return value
}
