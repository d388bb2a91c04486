import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { isNotThere, statusOf } from '../s3/s3-problems.ts'
import { type Artifacts, ArtifactsUnavailable, assertKey } from './artifacts.ts'
import { linkTo } from './bucket-link.ts'
import { keysWith, lastChangeMs, type OpenUpload, uploadsWith } from './bucket-listing.ts'
import { putObject } from './bucket-put.ts'
import { type ArtifactPlace, named, openStore, type Store } from './bucket-requests.ts'

/** Two of them are in memory for each file that is written. 10,000 of them are the longest file: 156 GiB. */
const partBytesDefault = 16 * 1024 ** 2

/** An upload that no part has come to for this long has nobody who goes on with it: a day, far above any query. */
const quietMsMax = 86_400_000

const deletedAtOnce = 8

/** A look at the store's state ends after this long: people wait for it. */
const lookMsMax = 5_000

/**
 * Stores artifacts as objects of an S3-compatible bucket, each key after the place's prefix.
 * @param options.quietMs age at which an upload without a new part is abandoned
 * @throws ArtifactsUnavailable when the bucket cannot be used as it must: reached, listed, written on condition, read,
 *   deleted from; the SDK's error without any region
 */
export async function openArtifactBucket(
  place: ArtifactPlace,
  { partBytes = partBytesDefault, quietMs = quietMsMax } = {},
): Promise<Artifacts> {
  const store = await openStore(place, partBytes)
  await prove(store).catch((error) => {
    store.client.destroy()
    throw error
  })
  const checked = (key: string) => {
    assertKey(key)
    return key
  }
  return {
    kind: 'bucket',
    requests: store.counts,
    put: async (key, chunks, signal) => await putObject(store, checked(key), chunks, signal),
    open: async (key, range) => await openObject(store, checked(key), range),
    size: async (key) => await sizeOf(store, checked(key)),
    remove: async (key) => {
      await removeObject(store, named(store, checked(key)).Key)
      for await (const upload of uploadsWith(store, named(store, key).Key))
        if (upload.key === named(store, key).Key) await abandon(store, upload)
    },
    link: async (key, link) => await linkTo(store, checked(key), link),
    removeUnder: async (prefix) => await removeUnder(store, `${named(store, checked(prefix)).Key}/`),
    removeAbandoned: async () => await removeAbandoned(store, quietMs),
    isEmpty: async () => {
      for await (const _ of keysWith(store, place.prefix)) return false
      for await (const _ of uploadsWith(store, place.prefix)) return false
      return true
    },
    problem: () => Promise.race([problemOf(store), delay(lookMsMax, silent, { ref: false })]),
    close: () => store.client.destroy(),
  }
}

/**
 * Does once what will be done: a wrong setting or a right that lacks shows at the start, not in the night. It leaves
 * nothing.
 */
async function prove(store: Store): Promise<void> {
  const { sdk, client, asked } = store
  const key = `fluxport-probe-${randomUUID()}`
  const object = { ...named(store, key), Body: 'probe', IfNoneMatch: '*' }
  const put = () => asked('PutObject', client.send(new sdk.PutObjectCommand(object)))
  for await (const _ of keysWith(store, named(store, key).Key)) break
  const begun = new sdk.CreateMultipartUploadCommand(named(store, key))
  const { UploadId: uploadId = '' } = await asked('CreateMultipartUpload', client.send(begun))
  const upload = { key: named(store, key).Key, uploadId, initiatedMs: 0 }
  await lastChangeMs(store, upload)
  await abandon(store, upload)
  for await (const _ of uploadsWith(store, named(store, key).Key)) break
  await put()
  try {
    const isRefused = await put().then(
      () => false,
      (error) => statusOf(error) === 412,
    )
    if (!isRefused) throw new ArtifactsUnavailable('it writes over an object in spite of If-None-Match')
    if ((await openObject(store, key))?.bytes !== object.Body.length)
      throw new ArtifactsUnavailable('it does not give back what was written')
  } finally {
    await removeObject(store, named(store, key).Key)
  }
}

async function openObject(store: Store, key: string, range?: { from: number; to: number }) {
  if (range && range.from >= range.to) return await openNothing(store, key)
  const { sdk, client, asked } = store
  const part = range ? { Range: `bytes=${range.from}-${range.to - 1}` } : {}
  try {
    const found = await asked('GetObject', client.send(new sdk.GetObjectCommand({ ...named(store, key), ...part })))
    const bytes = Number(found.ContentRange?.split('/')[1] ?? found.ContentLength)
    const stream = found.Body as Readable
    const expected = range ? Math.min(range.to, bytes) - range.from : bytes
    if (found.ContentLength === expected) return { stream, bytes }
    stream.destroy()
    throw new ArtifactsUnavailable(`it gives ${found.ContentLength} bytes instead of ${expected}`)
  } catch (error) {
    if (statusOf(error) === 416) return await openNothing(store, key)
    if (isNotThere(error)) return null
    throw error
  }
}

async function openNothing(store: Store, key: string) {
  const bytes = await sizeOf(store, key)
  return bytes === null ? null : { stream: Readable.from([]), bytes }
}

async function sizeOf(store: Store, key: string): Promise<number | null> {
  const { sdk, client, asked } = store
  try {
    const head = await asked('HeadObject', client.send(new sdk.HeadObjectCommand(named(store, key))))
    return head.ContentLength ?? 0
  } catch (error) {
    if (isNotThere(error)) return null
    throw error
  }
}

/** @param key whole, as `removeUnder` and `abandon` have it too */
async function removeObject({ sdk, client, place, asked }: Store, key: string): Promise<void> {
  const object = { Bucket: place.bucket, Key: key }
  await asked('DeleteObject', client.send(new sdk.DeleteObjectCommand(object))).catch((error) => {
    if (!isNotThere(error)) throw error
  })
}

/** Uploads first: one that completes meanwhile is an object by then. One by one, as stores differ in deleting many. */
async function removeUnder(store: Store, beginning: string): Promise<void> {
  for await (const upload of uploadsWith(store, beginning)) await abandon(store, upload)
  for await (const keys of keysWith(store, beginning)) {
    for (let at = 0; at < keys.length; at += deletedAtOnce)
      await Promise.all(keys.slice(at, at + deletedAtOnce).map((key) => removeObject(store, key)))
  }
}

async function abandon({ sdk, client, place, asked }: Store, { key, uploadId }: OpenUpload): Promise<void> {
  const upload = { Bucket: place.bucket, Key: key, UploadId: uploadId }
  await asked('AbortMultipartUpload', client.send(new sdk.AbortMultipartUploadCommand(upload))).catch((error) => {
    if (!isNotThere(error)) throw error
  })
}

async function removeAbandoned(store: Store, quietMs: number): Promise<number> {
  let removed = 0
  for await (const upload of uploadsWith(store, store.place.prefix)) {
    if (upload.initiatedMs > Date.now() - quietMs) continue
    const changedMs = await lastChangeMs(store, upload).catch((error) => {
      if (isNotThere(error)) return null
      throw error
    })
    if (changedMs === null || changedMs > Date.now() - quietMs) continue
    await abandon(store, upload)
    removed++
  }
  return removed
}

const silent = `it does not answer within ${lookMsMax / 1_000} s`

async function problemOf(store: Store): Promise<string | null> {
  try {
    for await (const _ of keysWith(store, store.place.prefix)) break
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
