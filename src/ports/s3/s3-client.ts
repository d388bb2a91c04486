import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'

/** A connection without a byte for this long is given up, even in the middle of an object. */
const idleMsMax = 60_000
const connectMsMax = 10_000

/** The SDK pauses between attempts, twice as long each time. */
const attemptsMax = 3

export type Sdk = typeof import('@aws-sdk/client-s3')

/** A store, and who asks it. */
export type S3Address = {
  /** Null: AWS. */
  endpoint: string | null
  /** Null: as the SDK finds it; of a store with an endpoint any will do. */
  region: string | null
  /** True: the bucket's name stands in the path, not in the host's name. */
  isPathStyle: boolean
  /** Connections at once; default: the SDK's 50. */
  connectionsMax?: number
} & Pick<S3ClientConfig, 'credentials' | 'profile'>

/**
 * Opens a client without a request. The SDK is loaded only now, so servers without a bucket never load it.
 * @throws the SDK's error when no region is set anywhere: nothing can be signed without one
 */
export async function openS3Client(address: S3Address): Promise<{ sdk: Sdk; client: S3Client }> {
  // On Node 20 the SDK warns that future versions need a later Node. Its version is pinned, and the operator cannot act
  // on it.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true'
  const sdk = await import('@aws-sdk/client-s3')
  const client = new sdk.S3Client(optionsOf(address))
  await client.config.region()
  return { sdk, client }
}

const optionsOf = ({ endpoint, region, isPathStyle, ...given }: S3Address): S3ClientConfig => ({
  // A private store has no regions, but a signature needs one.
  ...((region ?? endpoint) ? { region: region ?? 'us-east-1' } : {}),
  ...(endpoint ? { endpoint } : {}),
  ...(given.credentials ? { credentials: given.credentials } : {}),
  ...(given.profile ? { profile: given.profile } : {}),
  forcePathStyle: isPathStyle,
  maxAttempts: attemptsMax,
  // Several stores refuse the checksums that the SDK adds by default.
  requestChecksumCalculation: 'WHEN_REQUIRED',
  responseChecksumValidation: 'WHEN_REQUIRED',
  requestHandler: {
    connectionTimeout: connectMsMax,
    socketTimeout: idleMsMax,
    ...(given.connectionsMax ? agentsOf(given.connectionsMax) : {}),
  },
})

const agentsOf = (maxSockets: number) => {
  const agent = { keepAlive: true, maxSockets }
  return { httpAgent: agent, httpsAgent: agent }
}
