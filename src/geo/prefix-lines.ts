import { formatAddress, ipv4Base, ipv4Last } from './address.ts'
import { joined, networksOf, type Place, type Ranges } from './ranges.ts'
import { unknownPlace } from './source-places.ts'

/**
 * Geographic data in the form that the warehouse loads: lines of `address bits region`, disjoint networks in order, and
 * the list of regions; a region's number is its index. Region 0 is unknown, and its networks are left out.
 */
type Regions = { places: readonly Place[]; numberOf(place: Place): number }

/** Numbers places in order of appearance. @throws RangeError over 65,535 of them */
export function createRegions(first: readonly Place[] = [unknownPlace]): Regions {
  const places = [...first]
  const numbers = new Map(places.map((place, number) => [keyOf(place), number]))
  return {
    places,
    numberOf: (place) => {
      const key = keyOf(place)
      const known = numbers.get(key)
      if (known !== undefined) return known
      if (places.length > 65_535) throw new RangeError('more than 65,535 places')
      numbers.set(key, places.length)
      return places.push(place) - 1
    },
  }
}

const keyOf = ({ country, province, carrier }: Place) => `${country}|${province}|${carrier}`

/** The lines of the ranges, newlines included. */
export async function* prefixLines(ranges: Ranges<Place>, regions: Regions): AsyncGenerator<string> {
  for await (const { first, last, value: region } of joined(numbered(ranges, regions))) {
    if (region === 0) continue
    for (const network of networksOf(first, last)) yield `${networkText(network.first, network.bits)} ${region}\n`
  }
}

async function* numbered(ranges: Ranges<Place>, regions: Regions) {
  for await (const { first, last, value } of ranges) yield { first, last, value: regions.numberOf(value) }
}

/** IPv4 is written with its own prefix length, of 32. */
function networkText(first: bigint, bits: number): string {
  const isIpv4 = first >= ipv4Base && first <= ipv4Last && bits >= 96
  return `${formatAddress(first)} ${isIpv4 ? bits - 96 : bits}`
}
