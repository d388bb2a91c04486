import { createHash, randomUUID } from 'node:crypto'
import type { CompletedPart } from '@aws-sdk/client-s3'
import { AppError } from '../../errors.ts'
import { isNotThere, statusOf } from '../s3/s3-problems.ts'
import { ArtifactsUnavailable, keyTaken } from './artifacts.ts'
import { named, type Store } from './bucket-requests.ts'

/** Most parts of an upload, at every store. */
const partsMax = 10_000

/**
 * Stores an artifact: in one request, or as parts of equal size, which some stores demand. One part is on its way while
 * the next is gathered. Its condition refuses a key that is taken. A mark tells our object from another's when an
 * answer was lost.
 */
export async function putObject(store: Store, key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  const put: Put = { store, key, signal, mark: randomUUID() }
  const hash = createHash('sha256')
  let bytes = 0
  let upload: Upload | null = null
  try {
    for await (const { body, isLast } of partsOf(chunks, store.partBytes)) {
      signal.throwIfAborted()
      hash.update(body)
      bytes += body.length
      if (isLast && upload === null) await orStored(put, putWhole(put, body))
      else {
        upload ??= await beginUpload(put)
        await upload.add(body)
      }
    }
    if (upload) {
      await upload.sent()
      signal.throwIfAborted()
      await orStored(put, upload.complete())
    }
  } catch (error) {
    await upload?.abandon()
    throw signal.aborted ? signal.reason : error
  }
  await assertWhole(put, bytes)
  return { bytes, sha256: hash.digest('hex') }
}

/** One put; `mark` stands in its object's metadata. */
type Put = { store: Store; key: string; signal: AbortSignal; mark: string }

type Upload = Awaited<ReturnType<typeof beginUpload>>

const metadata = ({ mark }: Put) => ({ Metadata: { 'fluxport-put': mark } })
const onlyOnce = { IfNoneMatch: '*' }

/** Checksum that every store compares: bytes that change on their way are refused. */
const checked = (body: Buffer) => ({
  Body: body,
  ContentLength: body.length,
  ContentMD5: createHash('md5').update(body).digest('base64'),
})

/** Without the signal: an aborted request may still be carried out. */
async function putWhole(put: Put, body: Buffer): Promise<void> {
  const { store, key } = put
  const object = { ...named(store, key), ...checked(body), ...onlyOnce, ...metadata(put) }
  await store.asked('PutObject', store.client.send(new store.sdk.PutObjectCommand(object)))
}

async function beginUpload(put: Put) {
  const { store, key, signal: abortSignal } = put
  const { sdk, client, asked } = store
  const begun = new sdk.CreateMultipartUploadCommand({ ...named(store, key), ...metadata(put) })
  const { UploadId } = await asked('CreateMultipartUpload', client.send(begun))
  const upload = { ...named(store, key), UploadId }
  const parts: CompletedPart[] = []
  let onItsWay: Promise<void> = Promise.resolve()
  return {
    add: async (body: Buffer) => {
      await onItsWay
      const PartNumber = parts.length + 1
      if (PartNumber > partsMax) throw tooLong(store)
      const part = new sdk.UploadPartCommand({ ...upload, ...checked(body), PartNumber })
      onItsWay = asked('UploadPart', client.send(part, { abortSignal })).then(({ ETag }) => {
        parts.push({ ETag, PartNumber })
      })
      onItsWay.catch(() => undefined) // the next wait has the error
    },
    sent: () => onItsWay,
    complete: async () => {
      const all = { ...upload, ...onlyOnce, MultipartUpload: { Parts: parts } }
      await asked('CompleteMultipartUpload', client.send(new sdk.CompleteMultipartUploadCommand(all)))
    },
    /** Parts that cannot be removed now are abandoned, and removed later. */
    abandon: async () => {
      await onItsWay.catch(() => undefined)
      const removed = asked('AbortMultipartUpload', client.send(new sdk.AbortMultipartUploadCommand(upload)))
      await removed.catch(() => undefined)
    },
  }
}

const tooLong = ({ partBytes }: Store) =>
  new AppError('CDN.0005', `The file has more than ${partsMax * partBytes} bytes, the most that its bucket can take`)

/** Waits for a request that stores. When its answer was lost, or a repetition of it refused, the object tells. */
async function orStored(put: Put, request: Promise<void>): Promise<void> {
  try {
    await request
  } catch (error) {
    const found = await storedBytesOf(put).catch(() => null)
    if (found?.isOurs) return
    // A store may refuse the condition and cut the connection before the body has come.
    if (found !== null || statusOf(error) === 412) throw keyTaken(put.key)
    if (isNotThere(error)) throw new ArtifactsUnavailable('an upload to it was removed before its end', error)
    throw error
  }
}

/** Size of the object under the key, and whether it is this put's; null without one. */
async function storedBytesOf({ store, key, mark }: Put): Promise<{ bytes: number; isOurs: boolean } | null> {
  const { sdk, client, asked } = store
  try {
    const found = await asked('HeadObject', client.send(new sdk.HeadObjectCommand(named(store, key))))
    return { bytes: found.ContentLength ?? 0, isOurs: found.Metadata?.['fluxport-put'] === mark }
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

async function assertWhole(put: Put, bytes: number): Promise<void> {
  const { store, key } = put
  const stored = await storedBytesOf(put)
  if (stored?.isOurs && stored.bytes === bytes) return
  const { sdk, client, asked } = store
  if (stored?.isOurs)
    await asked('DeleteObject', client.send(new sdk.DeleteObjectCommand(named(store, key)))).catch(() => undefined)
  throw new ArtifactsUnavailable(
    `it has ${stored?.isOurs ? stored.bytes : 'none'} of the ${bytes} bytes that were sent`,
  )
}

/** The bytes in pieces of exactly `partBytes`, and a last one that may be shorter. */
async function* partsOf(chunks: AsyncIterable<Uint8Array>, partBytes: number) {
  let waiting: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    waiting.push(chunk)
    size += chunk.length
    if (size <= partBytes) continue
    let all = Buffer.concat(waiting)
    for (; all.length > partBytes; all = all.subarray(partBytes))
      yield { body: all.subarray(0, partBytes), isLast: false }
    waiting = [all]
    size = all.length
  }
  yield { body: Buffer.concat(waiting), isLast: true }
}
