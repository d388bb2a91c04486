import { isIPv6 } from 'node:net'
import { AppError } from '../errors.ts'

const windowMs = 10_000
/** Most addresses counted at once; beyond that, counting starts anew. */
const addressesMax = 100_000

/** Counts refused heads by the address they came from. */
export type Refusals = {
  /**
   * Counts a refusal. It returns the error for the client: the refusal itself, or APIGW.0308 when the network has had
   * too many. A valid signature is never counted and never refused here.
   * @param network as `networkOf` returns it
   */
  tell(refusal: AppError, network: string): AppError
}

/** @param perSecond allowed refusals of a network, averaged over ten seconds */
export function countRefusals(perSecond: number, nowMs: () => number): Refusals {
  const max = perSecond * (windowMs / 1000)
  const counts = new Map<string, number>()
  let windowEndMs = 0
  return {
    tell: (refusal, network) => {
      if (nowMs() >= windowEndMs || counts.size >= addressesMax) {
        counts.clear()
        windowEndMs = nowMs() + windowMs
      }
      const count = (counts.get(network) ?? 0) + 1
      counts.set(network, count)
      return count <= max ? refusal : tooMany(max, windowEndMs - nowMs())
    },
  }
}

const tooMany = (max: number, leftMs: number) =>
  new AppError('APIGW.0308', `The throttling threshold has been reached: limit:${max},time:${windowMs / 1000} second`, {
    retryAfterSeconds: Math.max(1, Math.ceil(leftMs / 1000)),
  })

/** The range of addresses that one client may have: an IPv6 address stands for its /64. */
export function networkOf(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.')) return address.slice(7)
  if (!isIPv6(address)) return address
  const [front = '', back] = address.split('%', 1).join('').split('::')
  const head = front === '' ? [] : front.split(':')
  const tail = back === undefined || back === '' ? [] : back.split(':')
  const zeros = back === undefined ? 0 : 8 - head.length - tail.length
  return `${[...head, ...Array(Math.max(0, zeros)).fill('0'), ...tail].slice(0, 4).join(':')}::/64`
}
