import { createHash } from 'node:crypto'

/** What a download link carries of the key that it was made for: tells that key to the server, and nothing to others. */
export const linkTagOf = (accessKey: string): string =>
  createHash('sha256').update(`fluxport link of ${accessKey}`).digest('hex').slice(0, 24)
