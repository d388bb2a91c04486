import type { MultipartUpload } from '@aws-sdk/client-s3'
import type { Store } from './bucket-requests.ts'

/** An upload that is neither completed nor removed. `key` is the whole one, prefix included. */
export type OpenUpload = { key: string; uploadId: string; initiatedMs: number }

/** Whole keys of the objects that begin so, in pages of the store's size. It goes on after a page was deleted. */
export async function* keysWith({ sdk, client, place, asked }: Store, beginning: string): AsyncGenerator<string[]> {
  let after = ''
  for (;;) {
    // The first version of the call, which every store has.
    const page = await asked(
      'ListObjects',
      client.send(
        new sdk.ListObjectsCommand({
          Bucket: place.bucket,
          Prefix: beginning,
          ...(after === '' ? {} : { Marker: after }),
        }),
      ),
    )
    const keys = (page.Contents ?? []).map(({ Key = '' }) => Key)
    if (keys.length > 0) yield keys
    const last = keys.at(-1)
    if (!page.IsTruncated || last === undefined) return
    after = last
  }
}

/** Open uploads whose key begins so. */
export async function* uploadsWith(store: Store, beginning: string): AsyncGenerator<OpenUpload> {
  const { sdk, client, place, asked } = store
  let from = {}
  for (;;) {
    const listed = { Bucket: place.bucket, Prefix: beginning, ...from }
    const page = await asked('ListMultipartUploads', client.send(new sdk.ListMultipartUploadsCommand(listed)))
    yield* (page.Uploads ?? []).map(openUpload).filter(({ key }) => key.startsWith(beginning))
    if (!page.IsTruncated || page.NextKeyMarker === undefined) return
    from = {
      KeyMarker: page.NextKeyMarker,
      ...(page.NextUploadIdMarker && { UploadIdMarker: page.NextUploadIdMarker }),
    }
  }
}

const openUpload = ({ Key = '', UploadId = '', Initiated }: MultipartUpload): OpenUpload => ({
  key: Key,
  uploadId: UploadId,
  initiatedMs: Initiated?.getTime() ?? 0,
})

/** Unix ms at which an upload's newest part was stored, or it began; null: it has ended meanwhile. */
export async function lastChangeMs(store: Store, { key, uploadId, initiatedMs }: OpenUpload): Promise<number> {
  const { sdk, client, place, asked } = store
  const upload = { Bucket: place.bucket, Key: key, UploadId: uploadId }
  let newestMs = initiatedMs
  let from = {}
  for (;;) {
    const page = await asked('ListParts', client.send(new sdk.ListPartsCommand({ ...upload, ...from })))
    for (const { LastModified } of page.Parts ?? []) newestMs = Math.max(newestMs, LastModified?.getTime() ?? 0)
    if (!page.IsTruncated || !page.NextPartNumberMarker) return newestMs
    from = { PartNumberMarker: page.NextPartNumberMarker }
  }
}
