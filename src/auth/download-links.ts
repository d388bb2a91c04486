import { createHmac } from 'node:crypto'
import { percentEncode } from './canonical-request.ts'
import { equalsDigest } from './signature.ts'

/** What makes links, and tells its own from others. */
export type DownloadLinks = {
  /**
   * `<publicUrl>/downloads/<taskId>/<fileName>?expires=<unix s>&signature=<64 hex>`, good for the lifetime from
   * `completedAtMs` on; null when that is over. Id and name are percent-encoded; neither may be `.` or `..`, which clients
   * resolve away.
   */
  link(file: { taskId: string; fileName: string; completedAtMs: number }): string | null
  /**
   * Whether the link is ours, unaltered, and not yet expired; from the second of `expires` on it is. Takes the decoded id and
   * name and the query's values as text; never throws.
   */
  verify(link: { taskId: string; fileName: string; expires: string; signature: string }): boolean
}

/**
 * Signs download links with HMAC-SHA256, so that a file can be fetched without an access key until the link expires.
 * @param key at least 32 bytes, for this purpose alone
 * @param publicUrl asked at each link, as the listening address is known late; a slash at its end is dropped
 * @param lifetimeSeconds a whole number, 1 or more
 * @param nowMs the clock, unix ms
 * @throws RangeError when the key or the lifetime is out of bounds
 */
export function createDownloadLinks(options: {
  key: Buffer
  publicUrl: () => string
  lifetimeSeconds: number
  nowMs: () => number
}): DownloadLinks {
  const { key, publicUrl, lifetimeSeconds, nowMs } = options
  if (key.length < 32) throw new RangeError(`A key for download links has at least 32 bytes, not ${key.length}`)
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < 1) {
    throw new RangeError(`A download link lives for a whole number of seconds, not ${lifetimeSeconds}`)
  }
  // As JSON, so that no part can flow into the next.
  const sign = (taskId: string, fileName: string, expires: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify(['download', taskId, fileName, expires]))
      .digest()

  return {
    link({ taskId, fileName, completedAtMs }) {
      const expires = String(Math.floor(completedAtMs / 1000) + lifetimeSeconds)
      if (nowMs() >= Number(expires) * 1000) return null
      const path = `${publicUrl().replace(/\/+$/, '')}/downloads/${percentEncode(taskId)}/${percentEncode(fileName)}`
      return `${path}?expires=${expires}&signature=${sign(taskId, fileName, expires).toString('hex')}`
    },
    verify({ taskId, fileName, expires, signature }) {
      const isOurs = equalsDigest(signature, sign(taskId, fileName, expires))
      return isOurs && /^\d{1,15}$/.test(expires) && nowMs() < Number(expires) * 1000
    },
  }
}
