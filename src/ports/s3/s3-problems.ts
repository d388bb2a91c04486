import { codeOf } from '../../errors.ts'

/** The store does not do what it was asked for; the message tells people the reason. */
export class BucketProblem extends Error {}

/** A bucket, and the words for advice about it. */
export type AskedBucket = {
  bucket: string
  endpoint: string | null
  /** Rights that its user needs, as `s3:GetObject` and its like. */
  rights: string
  /** Names of the settings that say where the bucket is, and who asks. */
  settings: { region: string; pathStyle: string; credentials: string }
}

/** The HTTP status of an answer; undefined without an answer. */
export const statusOf = (error: unknown): number | undefined =>
  error instanceof Error && '$metadata' in error
    ? (error.$metadata as { httpStatusCode?: number }).httpStatusCode
    : undefined

/** The name that the SDK gave an error: the store's own code, where the store answered. */
export const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '')

/** True if the store does not support the condition of a request. */
export const isRefusedIf = (error: unknown): boolean => statusOf(error) === 501 || nameOf(error) === 'NotImplemented'

/** True if no object has the key. */
export const isNotThere = (error: unknown): boolean => statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket'

/** The store's errors, each with what to do about it. */
const answers: Record<string, (asked: AskedBucket) => string> = {
  NoSuchBucket: ({ bucket }) => `there is no bucket ${bucket}`,
  AccessDenied: ({ rights }) => `the credentials may not do that: they need ${rights}`,
  InvalidAccessKeyId: () => 'the store does not know the access key',
  SignatureDoesNotMatch: () => 'the secret key is not that of the access key',
  ExpiredToken: () => 'the credentials have expired',
  RequestTimeTooSkewed: () => 'this machine’s clock is wrong: set up NTP',
  PermanentRedirect: ({ settings }) => `the bucket is in another region: set ${settings.region}`,
  AuthorizationHeaderMalformed: ({ settings }) => `the bucket is in another region: set ${settings.region}`,
  CredentialsProviderError: ({ settings }) =>
    `no credentials are found: in the environment, a profile or an instance role, or by ${settings.credentials}`,
}

/** Problems of the connection. */
const connectionProblems: Record<string, (asked: AskedBucket) => string> = {
  ECONNREFUSED: () => 'nothing listens there',
  ENOTFOUND: ({ settings }) => `its name is not known; a store of one’s own may need ${settings.pathStyle}`,
  EAI_AGAIN: () => 'its name cannot be looked up',
  ECONNRESET: () => 'the connection broke off',
  ETIMEDOUT: () => 'it does not answer',
  EHOSTUNREACH: () => 'there is no way to it',
  CERT_HAS_EXPIRED: () => 'its certificate has expired',
}

/** The reason of a failed request. It contains at most the SDK's name of the error, because its texts may contain keys. */
export function reasonOf(error: unknown, asked: AskedBucket): string {
  const known = answers[nameOf(error)]
  if (known) return known(asked)
  const status = statusOf(error)
  if (status !== undefined) return `the store answers ${status} (${nameOf(error)})`
  const code = codeOf(error) || nameOf(error)
  return `${asked.endpoint ?? 'the store'} cannot be reached: ${connectionProblems[code]?.(asked) ?? code}`
}
