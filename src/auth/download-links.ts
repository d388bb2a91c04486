import { createHmac } from 'node:crypto'
import { percentEncode } from './canonical-request.ts'
import { equalsDigest } from './signature.ts'

/** Makes download links, and recognises its own. */
export type DownloadLinks = {
  /**
   * `<publicUrl>/downloads/<taskId>/<fileName>?expires=<unix s>&signature=<64 hex>`, valid for the lifetime from
   * `completedAtMs` on; null after that. Id and name are percent-encoded; neither may be `.` or `..`, which clients
   * resolve away.
   */
  link(file: LinkedFile): string | null
  /**
   * True if this server made the link, nobody altered it, and it has not expired: it expires at the start of second
   * `expires`. Takes the decoded id and name and the query's values as text; never throws.
   */
  verify(link: ReceivedLink): boolean
}

/**
 * @param keyTag names the key that the link is made for (accounts/link-tag.ts): the link becomes invalid with that key.
 * Without it, the link is the account's
 */
type LinkedFile = { taskId: string; fileName: string; completedAtMs: number; keyTag?: string | null }

/** The parts of a link, as text. A link without `key` is the account's, or is older than links with keys. */
type ReceivedLink = { taskId: string; fileName: string; expires: string; signature: string; key?: string }

/** The same links, made for one key. */
export const linksFor = (links: DownloadLinks, keyTag: string | null): Pick<DownloadLinks, 'link'> => ({
  link: (file) => links.link({ ...file, keyTag }),
})

/**
 * Signs download links with HMAC-SHA256, so that a file can be fetched without an access key until the link expires.
 * @param key at least 32 bytes, for this purpose alone; or a function that returns such keys: the first signs, all
 * verify
 * @param publicUrl called for each link, as the listening address is known late; a slash at its end is dropped
 * @param lifetimeSeconds a whole number, 1 or more
 * @param nowMs the clock, unix ms
 * @throws RangeError when the key or the lifetime is out of bounds
 */
export function createDownloadLinks(options: {
  key: Buffer | (() => readonly Buffer[])
  publicUrl: () => string
  lifetimeSeconds: number
  nowMs: () => number
}): DownloadLinks {
  const { key, publicUrl, lifetimeSeconds, nowMs } = options
  const keys = typeof key === 'function' ? key : () => [key]
  for (const { length } of keys())
    if (length < 32) throw new RangeError(`A key for download links has at least 32 bytes, not ${length}`)
  if (!Number.isSafeInteger(lifetimeSeconds) || lifetimeSeconds < 1) {
    throw new RangeError(`A download link lives for a whole number of seconds, not ${lifetimeSeconds}`)
  }

  return {
    link({ taskId, fileName, completedAtMs, keyTag }) {
      const expires = String(Math.floor(completedAtMs / 1000) + lifetimeSeconds)
      const [newest] = keys()
      if (nowMs() >= Number(expires) * 1000 || !newest) return null
      const path = `${publicUrl().replace(/\/+$/, '')}/downloads/${percentEncode(taskId)}/${percentEncode(fileName)}`
      const signature = sign(newest, [taskId, fileName, expires, ...(keyTag ? [keyTag] : [])])
      const tag = keyTag ? `key=${percentEncode(keyTag)}&` : ''
      return `${path}?${tag}expires=${expires}&signature=${signature.toString('hex')}`
    },
    verify({ taskId, fileName, expires, signature, key: tag }) {
      const parts = [taskId, fileName, expires, ...(tag === undefined ? [] : [tag])]
      const isOurs = keys().some((one) => equalsDigest(signature, sign(one, parts)))
      return isOurs && /^\d{1,15}$/.test(expires) && nowMs() < Number(expires) * 1000
    },
  }
}

/** Signs the parts as JSON, so that no part can flow into the next, and removing the key from a link invalidates it. */
const sign = (key: Buffer, parts: readonly string[]) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['download', ...parts]))
    .digest()
