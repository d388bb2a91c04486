/** A request, in no format yet. */
export type Sample = {
  timeS: number
  client: string
  host: string
  path: string
  query: string
  status: number
  bytes: number
  isHit: boolean
  ms: number
  userAgent: string
}
export function sampleRequests(count: number): Sample[]
export const sampledFormats: string[]
export function sampleLog(
  format: string,
  requests: readonly Sample[],
  options?: { broken?: boolean },
): {
  text: string
  broken: number
  headers: number
}
