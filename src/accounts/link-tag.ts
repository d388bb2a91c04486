import { createHash } from 'node:crypto'

/** The mark of a key in a download link: the server recognises the key by it, others learn nothing. */
export const linkTagOf = (accessKey: string): string =>
  createHash('sha256').update(`fluxport link of ${accessKey}`).digest('hex').slice(0, 24)
