import { createDisagreements, type Disagreement, familyOf } from './disagreements.ts'
import { GeoFileError } from './geo-file-error.ts'
import type { CountryDates, GeoSource } from './geo-versions.ts'
import type { Place } from './ranges.ts'
import { detailsOver, placeOver, type Said } from './source-places.ts'

/** A file with fewer of the known addresses is cut, or of a part of the world. */
const leastPercent = 90n

type Family = Disagreement['family']
type Count = { known: bigint; said: bigint; isTouched: boolean }

/**
 * A file of an update over the data before it: the merge of both, and counts of what it says.
 * @param countryDates of the data in use: older countries do not replace newer ones
 * @param before name of the data that the file is put over
 */
export function createUpdateStep(source: GeoSource, countryDates: CountryDates, before: string) {
  const decides = (family: Family) => source.date === '' || source.date >= (countryDates[family] ?? '')
  const [over, under] = [createDisagreements(source.name, before), createDisagreements(before, source.name)]
  const counts: Record<Family, Count> = {
    ipv4: { known: 0n, said: 0n, isTouched: false },
    ipv6: { known: 0n, said: 0n, isTouched: false },
  }
  const countIn = (said: Place | undefined, known: Place | undefined, first: bigint, last: bigint) => {
    const count = counts[familyOf(first)]
    count.isTouched ||= said !== undefined
    if (!known) return
    count.known += last - first + 1n
    if (said) count.said += last - first + 1n
  }
  return {
    merge: (words: Said | undefined, known: Place | undefined, first: bigint, last: bigint): Place | undefined => {
      const said = placeOver(words, undefined)
      countIn(said, known, first, last)
      const isNewer = decides(familyOf(first))
      if (said && known) (isNewer ? over : under).compare(isNewer ? said : known, isNewer ? known : said, first, last)
      return isNewer ? placeOver(words, known) : detailsOver(words, known)
    },
    touches: (family: Family): boolean => counts[family].isTouched,
    disagreements: (): Disagreement[] => [...over.found(), ...under.found()],
    /**
     * The dates of the countries that the file decides, once all is merged.
     * @throws GeoFileError when it says too little of a family that it has
     */
    datesOfWhole: (): CountryDates => {
      const touched = (['ipv4', 'ipv6'] as const).filter((family) => counts[family].isTouched)
      if (touched.length === 0) throw new GeoFileError(`${source.name}: it says no country`)
      for (const family of touched) assertWhole(source.name, family, counts[family])
      return Object.fromEntries(touched.filter(decides).map((family) => [family, source.date]))
    },
  }
}

function assertWhole(name: string, family: Family, { known, said }: Count): void {
  if (said * 100n >= known * leastPercent) return
  const tenths = Number((said * 1000n) / known)
  const families = { ipv4: 'IPv4', ipv6: 'IPv6' }
  throw new GeoFileError(
    `${name}: it says a country for ${tenths / 10} % of the ${families[family]} addresses that are known now; an update ` +
      `needs ${leastPercent} %. A file of a part is for fluxport geo import`,
  )
}
