import { AppError, codeOf } from '../../../errors.ts'
import type { BucketSettings } from './bucket-settings.ts'

/** The bucket yields nothing now; the message tells people the reason. */
export class BucketProblem extends Error {}

/** The HTTP status of an answer; undefined without an answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && '$metadata' in error
    ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode
    : undefined

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/** True if the store does not support conditions on a deletion. */
export const isRefusedIf = (error: unknown): boolean => statusOf(error) === 501 || nameOf(error) === 'NotImplemented'

/** True if no object has the key. */
export const isNotThere = (error: unknown): boolean => statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket'

/** The error of this one object; null: nothing can be read now. */
export function objectProblem(error: unknown): AppError | null {
  const because = (reason: string) => new AppError('FLUXPORT.0102', reason)
  if (statusOf(error) === 412) return because('The object was written anew while it was fetched')
  if (nameOf(error) === 'InvalidObjectState') return because('The object is archived: restore it')
  if (nameOf(error) === 'AccessDenied') return because('The credentials may not read the object (s3:GetObject)')
  if (nameOf(error) === 'KeyTooLongError') return because('The object’s key is too long for the store')
  return null
}

/** The store's errors, each with what to do about it. */
const answers: Record<string, (settings: BucketSettings) => string> = {
  NoSuchBucket: ({ bucket }) => `there is no bucket ${bucket}`,
  AccessDenied: ({ after }) =>
    `the credentials may not do that: they need s3:ListBucket and s3:GetObject${after === 'delete' ? ', s3:DeleteObject' : ''}`,
  InvalidAccessKeyId: () => 'the store does not know the access key',
  SignatureDoesNotMatch: () => 'the secret key is not that of the access key',
  ExpiredToken: () => 'the credentials have expired',
  RequestTimeTooSkewed: () => 'this machine’s clock is wrong: set up NTP',
  PermanentRedirect: () => 'the bucket is in another region: set region',
  AuthorizationHeaderMalformed: () => 'the bucket is in another region: set region',
  CredentialsProviderError: () =>
    'no credentials are found: in the environment, a profile or an instance role, or by access_key_env and secret_key_env',
}

/** Problems of the connection. */
const connectionProblems: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'its name is not known; a store of one’s own may need path_style',
  EAI_AGAIN: 'its name cannot be looked up',
  ECONNRESET: 'the connection broke off',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  CERT_HAS_EXPIRED: 'its certificate has expired',
}

/**
 * The reason why the bucket yields nothing now. It contains at most the SDK's name of the error, because its texts may
 * contain keys.
 */
export function placeProblem(error: unknown, settings: BucketSettings): Error {
  if (error instanceof AppError || error instanceof BucketProblem || nameOf(error) === 'AbortError')
    return error as Error
  const known = answers[nameOf(error)]
  if (known) return new BucketProblem(known(settings))
  const status = statusOf(error)
  if (status !== undefined) return new BucketProblem(`the store answers ${status} (${nameOf(error)})`)
  const code = codeOf(error) || nameOf(error)
  const store = settings.endpoint ?? 'the store'
  return new BucketProblem(`${store} cannot be reached: ${connectionProblems[code] ?? code}`)
}
