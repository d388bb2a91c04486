import { join, resolve } from 'node:path'

const option = (flag: string, value: string, meaning: string, fallback: string | null = null) => ({
  flag,
  value,
  meaning,
  fallback,
})

/** Settings for finished files, as rows of the table of options. */
export const artifactOptions = [
  option('artifacts-dir', 'DIR', 'Directory of finished files; without it, artifacts/ in the data directory'),
  option('artifacts-bucket', 's3://BUCKET/PREFIX', 'Bucket of finished files, in place of a directory'),
  option('artifacts-endpoint', 'URL', 'The bucket’s S3-compatible store; without it, AWS'),
  option('artifacts-region', 'REGION', 'The bucket’s region; without it, as AWS’s tools find it'),
  option('artifacts-path-style', 'YES', 'yes: the bucket’s name stands in the path, not in the host’s name', 'no'),
  option(
    'artifacts-profile',
    'NAME',
    'Profile of the bucket’s credentials in AWS’s file; without it, AWS_ACCESS_KEY_ID and its like',
  ),
  option(
    'artifacts-redirect-seconds',
    'N',
    'Downloads are redirected to the bucket, by an address that is good this long whatever happens; 0: they pass through the server',
    '0',
  ),
]

/** A prefix of a bucket, as configured. */
export type ArtifactBucket = {
  bucket: string
  /** Empty, or with a slash at its end. */
  prefix: string
  endpoint: string | null
  region: string | null
  isPathStyle: boolean
  profile?: string
}

export type ArtifactConfig = {
  /** Directory of finished files, where they have no bucket. */
  artifactsDir: string
  artifactsBucket: ArtifactBucket | null
  /** 0: downloads pass through the server. */
  artifactsRedirectSeconds: number
}

/** Readers of single options; each names its option in its errors. */
type Readers = {
  text(flag: string): string | null
  integer(flag: string, min: number, max: number): number
  oneOf<T extends string>(flag: string, allowed: readonly T[]): T
  wrong(flag: string, problem: string): Error
}

const bucketFlags = ['artifacts-endpoint', 'artifacts-region', 'artifacts-profile']

/** @throws the error of `wrong`, naming the option */
export function parseArtifactConfig(dataDir: string, { text, integer, oneOf, wrong }: Readers): ArtifactConfig {
  const given = text('artifacts-bucket')
  const isPathStyle = oneOf('artifacts-path-style', ['yes', 'no']) === 'yes'
  const artifactsRedirectSeconds = integer('artifacts-redirect-seconds', 0, 3_600)
  const artifactsDir = resolve(text('artifacts-dir') ?? join(dataDir, 'artifacts'))
  if (given === null) {
    const changed = [
      ...(isPathStyle ? ['artifacts-path-style'] : []),
      ...(artifactsRedirectSeconds > 0 ? ['artifacts-redirect-seconds'] : []),
    ]
    const stray = [...bucketFlags, ...changed].find((flag) => text(flag))
    if (stray !== undefined) throw wrong(stray, 'it goes with --artifacts-bucket')
    return { artifactsDir, artifactsBucket: null, artifactsRedirectSeconds }
  }
  if (text('artifacts-dir') !== null) throw wrong('artifacts-bucket', 'it takes the place of --artifacts-dir: set one')
  const region = text('artifacts-region')
  if (region !== null && !/^[A-Za-z0-9-]{1,100}$/.test(region))
    throw wrong('artifacts-region', 'it is not 1 to 100 letters, digits and hyphens')
  const profile = text('artifacts-profile')
  const endpoint = endpointOf(text('artifacts-endpoint'), wrong)
  const place = { ...bucketOf(given, wrong), endpoint, region, isPathStyle }
  const artifactsBucket = profile === null ? place : { ...place, profile }
  return { artifactsDir, artifactsBucket, artifactsRedirectSeconds }
}

function bucketOf(given: string, wrong: Readers['wrong']) {
  const [, bucket, path = ''] = /^s3:\/\/([A-Za-z0-9][A-Za-z0-9._-]{1,254})(?:\/(.*))?$/.exec(given) ?? []
  const segments = path.split('/').filter((segment) => segment !== '')
  const isGood = segments.every((segment) => /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(segment))
  if (bucket === undefined || !isGood || path.length > 500)
    throw wrong('artifacts-bucket', 'it is not s3://BUCKET or s3://BUCKET/PREFIX, of letters, digits, -, _ and .')
  return { bucket, prefix: segments.map((segment) => `${segment}/`).join('') }
}

function endpointOf(given: string | null, wrong: Readers['wrong']): string | null {
  if (given === null) return null
  const url = URL.canParse(given) ? new URL(given) : null
  if (!url || !['http:', 'https:'].includes(url.protocol))
    throw wrong('artifacts-endpoint', 'it is not a URL that begins with http:// or https://')
  if (url.username || url.password || url.search || url.hash)
    throw wrong('artifacts-endpoint', 'it has more than scheme, host, port and path; credentials have no place in it')
  return url.href.replace(/\/$/, '')
}
