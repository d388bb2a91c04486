/** An object as a listing shows it. */
export type BucketObject = { key: string; etag: string; sizeBytes: number; modifiedMs: number }

/**
 * The port to an S3-compatible bucket. Adapter: `s3-bucket.ts`. Every call throws AppError for a fault of this object,
 * and an Error with a sentence for people when nothing works; neither contains a secret.
 */
export type Bucket = {
  /** The objects of the prefix after a key, in the order of their keys' bytes, at most 1,000. */
  list(after: string, signal: AbortSignal): Promise<{ objects: BucketObject[]; isLast: boolean }>
  /** The object as it is now; null without one. */
  head(key: string, signal: AbortSignal): Promise<BucketObject | null>
  /**
   * The bytes of exactly this object; null when its key has no object.
   * @throws AppError also when the key now has another object, and while reading when the bytes break off
   */
  read(object: BucketObject, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | null>
  /** Removes exactly this object. @returns true if it is gone; false: the key now has another object */
  remove(object: BucketObject): Promise<boolean>
  close(): void
}

/** Changes whenever an object is written anew. `objectOf` parses it. */
export const identityOfObject = ({ etag, sizeBytes, modifiedMs }: BucketObject): string =>
  `${sizeBytes}:${modifiedMs}:${etag}`

/** The object of a key and an identity. */
export function objectOf(key: string, identity: string): BucketObject {
  const [size = '', modified = '', ...etag] = identity.split(':')
  return { key, etag: etag.join(':'), sizeBytes: Number(size), modifiedMs: Number(modified) }
}

/** True if both are the same object; one may have its time in whole seconds. */
export const isSameObject = (a: BucketObject, b: BucketObject): boolean =>
  a.etag === b.etag &&
  a.sizeBytes === b.sizeBytes &&
  Math.floor(a.modifiedMs / 1_000) === Math.floor(b.modifiedMs / 1_000)
