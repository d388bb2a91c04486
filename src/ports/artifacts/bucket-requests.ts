import type { S3Client } from '@aws-sdk/client-s3'
import { openS3Client, type S3Address, type Sdk } from '../s3/s3-client.ts'
import { nameOf, reasonOf, statusOf } from '../s3/s3-problems.ts'
import { ArtifactsUnavailable, type RequestCount } from './artifacts.ts'

/** Where files lie: a prefix of a bucket, empty or with a slash at its end. */
export type ArtifactPlace = S3Address & { bucket: string; prefix: string }

/** Rights that the bucket's user needs. */
export const artifactRights =
  's3:ListBucket, s3:GetObject, s3:PutObject, s3:DeleteObject, s3:AbortMultipartUpload, ' +
  's3:ListBucketMultipartUploads and s3:ListMultipartUploadParts'

/** Names of the settings, for advice. */
const settings = {
  region: '--artifacts-region',
  pathStyle: '--artifacts-path-style yes',
  credentials: '--artifacts-profile',
}

/** Downloads, exports and kept logs each hold a connection; the SDK's own 50 would make exports wait for downloads. */
const connectionsMax = 1_000

/** An opened bucket, and its requests so far. */
export type Store = {
  sdk: Sdk
  client: S3Client
  place: ArtifactPlace
  partBytes: number
  /**
   * Sends a request and counts it.
   * @throws ArtifactsUnavailable; the SDK's own error for an object or upload that is not there, and a failed condition
   */
  asked<T extends Answer>(operation: string, answer: Promise<T>): Promise<T>
  counts(): RequestCount[]
}

type Answer = { $metadata: { attempts?: number | undefined } }

/** Opens the place without a request. @throws the SDK's error when no region is set anywhere */
export async function openStore(place: ArtifactPlace, partBytes: number): Promise<Store> {
  const { sdk, client } = await openS3Client({ ...place, connectionsMax })
  const counts = new Map<string, RequestCount>()
  const count = (operation: string, outcome: RequestCount['outcome']) => {
    const name = `${operation} ${outcome}`
    counts.set(name, { operation, outcome, count: (counts.get(name)?.count ?? 0) + 1 })
  }
  return {
    ...{ sdk, client, place, partBytes },
    asked: async (operation, answer) => {
      try {
        const answered = await answer
        count(operation, (answered.$metadata.attempts ?? 1) > 1 ? 'retried' : 'ok')
        return answered
      } catch (error) {
        const isExpected = isAnswer(error) || nameOf(error) === 'AbortError'
        count(operation, isExpected ? 'ok' : 'failed')
        if (isExpected) throw error
        const { bucket, endpoint } = place
        throw new ArtifactsUnavailable(reasonOf(error, { bucket, endpoint, rights: artifactRights, settings }), error)
      }
    },
    counts: () => [...counts.values()],
  }
}

/** True for an error that says how things are: nothing under the key, or a condition that does not hold. */
const isAnswer = (error: unknown): boolean =>
  [404, 412, 416].includes(statusOf(error) ?? 0) && nameOf(error) !== 'NoSuchBucket'

/** Bucket and key of an artifact, as requests name it. */
export const named = ({ place }: Store, key: string) => ({ Bucket: place.bucket, Key: place.prefix + key })
