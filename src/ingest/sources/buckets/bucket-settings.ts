import { type Static, Type } from 'typebox'
import type { FileRule } from '../files/file-rule.ts'

const EnvironmentName = Type.Optional(Type.String({ pattern: '^[A-Za-z_][A-Za-z0-9_]*$', maxLength: 200 }))
const Seconds = (minimum: number, maximum: number) => Type.Optional(Type.Number({ minimum, maximum }))

/** Settings that only a bucket has, in the document's form. */
export const BucketFields = {
  kind: Type.Literal('bucket'),
  bucket: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._:-]{1,254}$' }),
  prefix: Type.Optional(Type.String({ maxLength: 1_024 })),
  region: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9-]{1,100}$' })),
  endpoint: Type.Optional(Type.String({ maxLength: 1_000 })),
  path_style: Type.Optional(Type.Boolean()),
  access_key_env: EnvironmentName,
  secret_key_env: EnvironmentName,
  session_token_env: EnvironmentName,
  after: Type.Optional(Type.Enum(['leave', 'delete'])),
  listing: Type.Optional(Type.Enum(['all', 'in_order'])),
  start_after: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
  look_seconds: Seconds(0.1, 86_400),
  lookback_seconds: Seconds(0, 30 * 86_400),
  list_all_seconds: Seconds(60, 30 * 86_400),
}

type Given = { name: string } & Static<ReturnType<typeof Type.Object<typeof BucketFields>>>

/** Names of the environment variables with a bucket's credentials; null: the SDK finds them itself. */
type CredentialNames = { accessKey: string; secretKey: string; sessionToken: string | null }

/** A prefix of a bucket whose objects are loaded. `name` is unique among the server's sources. */
export type BucketSettings = {
  kind: 'bucket'
  name: string
  bucket: string
  /** The beginning of every key. */
  prefix: string
  region: string | null
  endpoint: string | null
  isPathStyle: boolean
  credentialNames: CredentialNames | null
  after: 'leave' | 'delete'
  listing: 'all' | 'in_order'
  /** Objects up to this key, itself included, are not loaded; '': all are. */
  startAfter: string
  lookMs: number
  /** For a listing in order: an object that appears this long after later keys is still found by the next look. */
  lookbackMs: number
  /** For a listing in order: the whole prefix is listed nevertheless, this often. */
  listAllMs: number
  rules: FileRule[]
}

/**
 * @param rules from the document's shared settings
 * @throws Error that names the setting, as `.endpoint: …`
 */
export function bucketSettings(given: Given, rules: FileRule[]): BucketSettings {
  const listing = given.listing ?? 'all'
  const ofOrder = (['lookback_seconds', 'list_all_seconds'] as const).find((name) => given[name] !== undefined)
  if (ofOrder && listing === 'all') throw new Error(`.${ofOrder}: it belongs to "listing": "in_order"`)
  const prefix = given.prefix ?? ''
  return {
    kind: 'bucket',
    name: given.name,
    bucket: given.bucket,
    prefix,
    region: given.region ?? null,
    endpoint: endpointOf(given.endpoint),
    isPathStyle: given.path_style ?? false,
    credentialNames: credentialNamesOf(given),
    after: given.after ?? 'leave',
    listing,
    startAfter: given.start_after === undefined ? '' : prefix + given.start_after,
    lookMs: Math.round((given.look_seconds ?? 60) * 1_000),
    lookbackMs: Math.round((given.lookback_seconds ?? 86_400) * 1_000),
    listAllMs: Math.round((given.list_all_seconds ?? 86_400) * 1_000),
    rules,
  }
}

function endpointOf(text: string | undefined): string | null {
  if (text === undefined) return null
  const url = URL.canParse(text) ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw new Error('.endpoint: it is no URL of http or https')
  // The document's content is shown and logged, so it must hold no credentials.
  if (url.username || url.password)
    throw new Error('.endpoint: it holds credentials; use access_key_env, secret_key_env')
  return text
}

function credentialNamesOf(given: Given): CredentialNames | null {
  const { access_key_env: accessKey, secret_key_env: secretKey, session_token_env: sessionToken } = given
  if (accessKey === undefined && secretKey === undefined && sessionToken === undefined) return null
  if (accessKey === undefined) throw new Error('.access_key_env: it is missing beside secret_key_env')
  if (secretKey === undefined) throw new Error('.secret_key_env: it is missing beside access_key_env')
  return { accessKey, secretKey, sessionToken: sessionToken ?? null }
}

/** The location for people; it contains no secret. */
export const locationOf = ({ bucket, prefix }: Pick<BucketSettings, 'bucket' | 'prefix'>): string =>
  `s3://${bucket}/${prefix}`

/** The part before a key's path within the source: the prefix, up to its last slash. */
export const baseOf = ({ prefix }: Pick<BucketSettings, 'prefix'>): string =>
  prefix.slice(0, prefix.lastIndexOf('/') + 1)
