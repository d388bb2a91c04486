import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import { carriers, countries, provinces } from '../../statistics/places.ts'
import type { PlaceFilter } from './place-filter.ts'

/** Clients' places as the contract's codes, from the columns `country`, `province` and `carrier` of a request. */

/** Hong Kong, Macao and Taiwan are `gangaotai` among the provinces, and `qita` among the countries. */
const outlyingSql = `(country IN ('hk', 'mo', 'tw') OR province = 'gangaotai')`

/** The country's code. */
export const countryCodeSql = `if(has({listedCountries:Array(String)}, country), country, 'qita')`
export const carrierCodeSql = `if(has({listedCarriers:Array(String)}, carrier), carrier, 'qita')`
/** The province's code; empty abroad. */
const provinceCodeSql = `multiIf(${outlyingSql}, 'gangaotai', country != 'cn', '', has({listedProvinces:Array(String)}, province), province, 'qita')`
/** The province's code for every client: `qita` abroad. */
export const provinceOrOtherSql = `if(${provinceCodeSql} = '', 'qita', ${provinceCodeSql})`

/** A condition for the slot `place` of a statement, made only of these constants. */
export function placeSql(filter: PlaceFilter): string {
  const conditions = [
    // A province implies its country: those of cn are in cn, and gangaotai is not.
    filter.provinces
      ? `has({provinces:Array(String)}, ${provinceCodeSql})`
      : filter.countries && `has({countries:Array(String)}, ${countryCodeSql})`,
    filter.carriers && `has({carriers:Array(String)}, ${carrierCodeSql})`,
  ].filter((condition) => condition !== null)
  return conditions.length === 0 ? 'true' : conditions.join(' AND ')
}

/** Parameters of `placeSql`. */
export const placeParameters = (filter: PlaceFilter): Parameters => ({
  listedCountries: Object.keys(countries),
  listedProvinces: Object.keys(provinces),
  listedCarriers: Object.keys(carriers),
  countries: filter.countries ?? [],
  provinces: filter.provinces ?? Object.keys(provinces),
  carriers: filter.carriers ?? Object.keys(carriers),
})
