import type { Readable } from 'node:stream'
import type { _Object, S3Client } from '@aws-sdk/client-s3'
import { AppError, ConfigError } from '../../../errors.ts'
import { openS3Client, type Sdk } from '../../../ports/s3/s3-client.ts'
import { BucketProblem, isNotThere, isRefusedIf, statusOf } from '../../../ports/s3/s3-problems.ts'
import { type Bucket, type BucketObject, isSameObject } from './bucket.ts'
import { objectProblem, placeProblem } from './bucket-problems.ts'
import type { BucketSettings } from './bucket-settings.ts'

/**
 * Opens a bucket without a request.
 * @param env has the variables that the settings name
 * @throws ConfigError when one of them is not set
 */
export async function openS3Bucket(settings: BucketSettings, env: NodeJS.ProcessEnv): Promise<Bucket> {
  const credentials = credentialsOf(settings, env)
  const address = { ...settings, ...(credentials ? { credentials } : {}) }
  const { sdk, client } = await openS3Client(address).catch((cause) => {
    throw new ConfigError(`--sources: ${settings.name}: region is missing, and AWS_REGION is not set`, { cause })
  })
  const opened = { sdk, client, settings }
  const asked = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error) => {
      throw placeProblem(error, settings)
    })
  return {
    list: (after, signal) => asked(listAfter(opened, after, signal)),
    head: (key, signal) => asked(headObject(opened, key, signal)),
    read: (object, signal) => readObject(opened, object, signal),
    remove: (object) => asked(removeObject(opened, object)),
    close: () => client.destroy(),
  }
}

type Opened = { sdk: Sdk; client: S3Client; settings: BucketSettings }

function credentialsOf({ name, credentialNames }: BucketSettings, env: NodeJS.ProcessEnv) {
  if (credentialNames === null) return null
  const secretIn = (variable: string) => {
    const value = env[variable]
    if (!value) throw new ConfigError(`--sources: ${name}: the environment variable ${variable} is not set`)
    return value
  }
  const sessionToken =
    credentialNames.sessionToken === null ? {} : { sessionToken: secretIn(credentialNames.sessionToken) }
  return {
    accessKeyId: secretIn(credentialNames.accessKey),
    secretAccessKey: secretIn(credentialNames.secretKey),
    ...sessionToken,
  }
}

/**
 * Lists one page with the first version of the call. Every store understands its marker, and a listing that continues
 * after a key needs no token that could expire.
 */
async function listAfter({ sdk, client, settings }: Opened, after: string, abortSignal: AbortSignal) {
  const page = await client.send(
    new sdk.ListObjectsCommand({
      Bucket: settings.bucket,
      Prefix: settings.prefix,
      ...(after === '' ? {} : { Marker: after }),
      // A key may contain characters that XML cannot represent.
      EncodingType: 'url',
    }),
    { abortSignal },
  )
  const isEncoded = page.EncodingType === 'url'
  const objects = (page.Contents ?? []).map((entry) => listedObject(entry, isEncoded))
  const last = objects.at(-1)?.key
  if (page.IsTruncated && (last === undefined || last === after))
    throw new BucketProblem('the store’s listing does not go on')
  return { objects, isLast: !page.IsTruncated }
}

const listedObject = (entry: _Object, isEncoded: boolean): BucketObject => ({
  key: isEncoded ? decodeURIComponent((entry.Key ?? '').replaceAll('+', ' ')) : (entry.Key ?? ''),
  etag: bareEtag(entry.ETag),
  sizeBytes: entry.Size ?? 0,
  modifiedMs: entry.LastModified?.getTime() ?? 0,
})

/** Stores differ in quoting. */
const bareEtag = (etag = ''): string => etag.replaceAll('"', '')

const ifMatch = ({ etag }: BucketObject) => (etag === '' ? {} : { IfMatch: `"${etag}"` })

async function headObject({ sdk, client, settings }: Opened, key: string, abortSignal?: AbortSignal) {
  try {
    const named = { Bucket: settings.bucket, Key: key }
    const found = await client.send(new sdk.HeadObjectCommand(named), { ...(abortSignal ? { abortSignal } : {}) })
    const { ETag, ContentLength: sizeBytes = 0 } = found
    return { key, etag: bareEtag(ETag), sizeBytes, modifiedMs: found.LastModified?.getTime() ?? 0 }
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

async function readObject({ sdk, client, settings }: Opened, object: BucketObject, abortSignal: AbortSignal) {
  const answer = await client
    .send(new sdk.GetObjectCommand({ Bucket: settings.bucket, Key: object.key, ...ifMatch(object) }), { abortSignal })
    .catch((error) => {
      if (abortSignal.aborted) throw error
      if (isNotThere(error)) return null
      throw objectProblem(error) ?? placeProblem(error, settings)
    })
  if (answer === null) return null
  const body = answer.Body as Readable
  // Not every store respects If-Match.
  if (answer.ETag !== undefined && bareEtag(answer.ETag) !== object.etag) {
    body.destroy()
    throw changedObject()
  }
  return wholeBody(body, object.sizeBytes, abortSignal)
}

const changedObject = () => new AppError('FLUXPORT.0102', 'The object was written anew while it was fetched')

/** The body, which must have the listed length. */
async function* wholeBody(body: Readable, sizeBytes: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  let readBytes = 0
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      readBytes += piece.length
      if (readBytes > sizeBytes) throw changedObject()
      yield piece
    }
  } catch (cause) {
    if (signal.aborted || cause instanceof AppError) throw cause
    throw brokenOff(readBytes, sizeBytes)
  } finally {
    body.destroy()
  }
  if (readBytes < sizeBytes) throw brokenOff(readBytes, sizeBytes)
}

const brokenOff = (readBytes: number, sizeBytes: number) =>
  new AppError('FLUXPORT.0102', `The object broke off after ${readBytes} of ${sizeBytes} bytes`)

async function removeObject(opened: Opened, object: BucketObject): Promise<boolean> {
  const { sdk, client, settings } = opened
  const named = { Bucket: settings.bucket, Key: object.key }
  const now = await headObject(opened, object.key)
  if (now === null) return true
  if (!isSameObject(now, object)) return false
  try {
    await client.send(new sdk.DeleteObjectCommand({ ...named, ...ifMatch(object) }))
  } catch (error) {
    if (isRefusedIf(error)) await client.send(new sdk.DeleteObjectCommand(named))
    else if (statusOf(error) === 412) return false
    else throw error
  }
  return true
}
