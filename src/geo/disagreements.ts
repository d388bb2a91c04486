import { ipv4Base, ipv4Last } from './address.ts'
import type { Place } from './ranges.ts'

/** Addresses that two sources place on different sides of mainland China’s border; the newer source counts. */
export type Disagreement = {
  newer: string
  older: string
  family: 'ipv4' | 'ipv6'
  /** The side that the newer source names; the older one names the other. */
  newerSays: 'mainland_china' | 'outside_mainland_china'
  ranges: number
  /** A whole number in decimal: IPv6 has more addresses than a double counts. */
  addresses: string
}

export const familyOf = (address: bigint) => (address >= ipv4Base && address <= ipv4Last ? 'ipv4' : 'ipv6')

/** True of a place in mainland China, without Hong Kong, Macao and Taiwan; null when the country is unknown. */
const isMainland = ({ country }: Place) => (country === 'qita' ? null : country === 'cn')

/** Counts the disagreements of two sources, range by range, in the order of addresses. */
export function createDisagreements(newer: string, older: string) {
  const counts = new Map<string, Disagreement & { count: bigint; lastAddress: bigint }>()
  return {
    compare: (newerPlace: Place, olderPlace: Place, first: bigint, last: bigint) => {
      const [isNewer, isOlder] = [isMainland(newerPlace), isMainland(olderPlace)]
      if (isNewer === null || isOlder === null || isNewer === isOlder) return
      const family = familyOf(first)
      const newerSays = isNewer ? ('mainland_china' as const) : ('outside_mainland_china' as const)
      const key = `${family} ${newerSays}`
      const known = counts.get(key) ?? {
        ...{ newer, older, family, newerSays, ranges: 0, addresses: '0' },
        count: 0n,
        lastAddress: -1n,
      }
      // Neighbours that differ in a detail, for instance the carrier, are one range.
      if (known.lastAddress + 1n !== first || known.count === 0n) known.ranges += 1
      known.count += last - first + 1n
      known.lastAddress = last
      counts.set(key, known)
    },
    found: (): Disagreement[] =>
      [...counts.values()].map(({ count, lastAddress: _, ...one }) => ({ ...one, addresses: String(count) })),
  }
}
