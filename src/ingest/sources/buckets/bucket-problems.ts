import { AppError } from '../../../errors.ts'
import { BucketProblem, nameOf, reasonOf, statusOf } from '../../../ports/s3/s3-problems.ts'
import type { BucketSettings } from './bucket-settings.ts'

/** The error of this one object; null: nothing can be read now. */
export function objectProblem(error: unknown): AppError | null {
  const because = (reason: string) => new AppError('FLUXPORT.0102', reason)
  if (statusOf(error) === 412) return because('The object was written anew while it was fetched')
  if (nameOf(error) === 'InvalidObjectState') return because('The object is archived: restore it')
  if (nameOf(error) === 'AccessDenied') return because('The credentials may not read the object (s3:GetObject)')
  if (nameOf(error) === 'KeyTooLongError') return because('The object’s key is too long for the store')
  return null
}

/** Names of a source's settings. */
const settings = { region: 'region', pathStyle: 'path_style', credentials: 'access_key_env and secret_key_env' }

/** The reason why the bucket yields nothing now. */
export function placeProblem(error: unknown, { bucket, endpoint, after }: BucketSettings): Error {
  if (error instanceof AppError || error instanceof BucketProblem || nameOf(error) === 'AbortError')
    return error as Error
  const rights = `s3:ListBucket and s3:GetObject${after === 'delete' ? ', s3:DeleteObject' : ''}`
  return new BucketProblem(reasonOf(error, { bucket, endpoint, rights, settings }))
}
