import { parameterError } from '../errors.ts'
import { parseJsonBody } from '../http/json-body.ts'

/** A key with its secret, as a client claims to have it. */
export type ClaimedKey = { accessKey: string; secretKey: string }

const lengthMax = 1_000

/**
 * Reads a key from the body of a request for a token, in either form of the contract. `password` has it as a user's name
 * and password, `hw_ak_sk` as `access.key` and `secret.key`. The user's domain and the scope decide nothing: keys are
 * unique, and each is of one account.
 * @throws AppError APIGW.0201 for a body that is no JSON object; CDN.0001 naming a member that is missing
 */
export function keyInBody(body: Buffer): ClaimedKey {
  const identity = memberOf(memberOf(parseJsonBody(body), 'auth'), 'identity')
  const password = memberOf(memberOf(identity, 'password'), 'user')
  if (password !== undefined)
    return {
      accessKey: textOf(memberOf(password, 'name') ?? memberOf(password, 'id'), 'auth.identity.password.user.name'),
      secretKey: textOf(memberOf(password, 'password'), 'auth.identity.password.user.password'),
    }
  const pair = memberOf(identity, 'hw_ak_sk')
  if (pair === undefined)
    throw parameterError('auth.identity', 'it has neither password.user nor hw_ak_sk: no other method is there')
  return {
    accessKey: textOf(memberOf(memberOf(pair, 'access'), 'key'), 'auth.identity.hw_ak_sk.access.key'),
    secretKey: textOf(memberOf(memberOf(pair, 'secret'), 'key'), 'auth.identity.hw_ak_sk.secret.key'),
  }
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
  return (value as Record<string, unknown>)[name] ?? undefined
}

function textOf(value: unknown, name: string): string {
  if (typeof value !== 'string' || value === '' || value.length > lengthMax)
    throw parameterError(name, `it must be a text of 1 to ${lengthMax} characters`)
  return value
}
