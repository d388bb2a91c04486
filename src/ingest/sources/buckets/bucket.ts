/** An object as a listing shows it. */
export type BucketObject = { key: string; etag: string; sizeBytes: number; modifiedMs: number }

/**
 * What a source needs of an S3-compatible bucket. Adapter: `s3-bucket.ts`.
 * Every call throws AppError when it is this object's fault, and an Error with a sentence for people when nothing works:
 * neither says a secret.
 */
export type Bucket = {
  /** The objects of the prefix after a key, in the order of their keys' bytes, 1,000 at most. */
  list(after: string, signal: AbortSignal): Promise<{ objects: BucketObject[]; isLast: boolean }>
  /** The object as it is now, or null. */
  head(key: string, signal: AbortSignal): Promise<BucketObject | null>
  /**
   * The bytes of exactly this object, or null when there is none under its key.
   * @throws AppError also when there is another one by now, and while reading when they break off
   */
  read(object: BucketObject, signal: AbortSignal): Promise<AsyncIterable<Uint8Array> | null>
  /** Removes exactly this object. @returns whether it is gone; false: there is another one by now */
  remove(object: BucketObject): Promise<boolean>
  close(): void
}

/** Changes whenever an object is written anew. Its parts stand in `objectOf`. */
export const identityOfObject = ({ etag, sizeBytes, modifiedMs }: BucketObject): string =>
  `${sizeBytes}:${modifiedMs}:${etag}`

/** The object that a key and an identity are of. */
export function objectOf(key: string, identity: string): BucketObject {
  const [size = '', modified = '', ...etag] = identity.split(':')
  return { key, etag: etag.join(':'), sizeBytes: Number(size), modifiedMs: Number(modified) }
}

/** Whether two looks at a key saw the same object; one may say the time in whole seconds. */
export const isSameObject = (a: BucketObject, b: BucketObject): boolean =>
  a.etag === b.etag &&
  a.sizeBytes === b.sizeBytes &&
  Math.floor(a.modifiedMs / 1_000) === Math.floor(b.modifiedMs / 1_000)
