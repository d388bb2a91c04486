import { AppError, parameterError, quoted } from '../errors.ts'
import type { Metric } from '../usage/figures/metrics.ts'
import { itemsOf, type Query, required } from './wire/parameters.ts'

const classes = [2, 3, 4, 5] as const
const ofEachClass = <T>(prefix: string, make: (hundreds: number) => T): Record<string, T> =>
  Object.fromEntries(classes.map((hundreds) => [`${prefix}_${hundreds}xx`, make(hundreds)]))

/** The figure of each of the contract's words; null: of the origin, which no log names. A coarse `bw` is the highest point. */
const figures: Record<string, Metric | null> = {
  bw: 'peak_bandwidth',
  flux: 'flux',
  req_num: 'requests',
  hit_num: 'hits',
  hit_flux: 'hit_flux',
  ...ofEachClass('http_code', (hundreds) => `status_${hundreds}xx` as Metric),
  bs_bw: null,
  bs_flux: null,
  bs_num: null,
  bs_fail_num: null,
  ...ofEachClass('bs_http_code', () => null),
  ...ofEachClass('bs_status_code', () => null),
}
/** Words that stand for a figure of each single status code. */
const codes = ofEachClass('status_code', (hundreds) => hundreds)

export const statTypeNames = [...Object.keys(figures), ...Object.keys(codes)]

/** The asked figures by the contract's words, and the classes whose single codes are asked for. */
export type StatTypes = { text: string; figures: { name: string; metric: Metric }[]; codeClasses: number[] }

const statTypesMax = 5

/** @throws AppError CDN.0001 for an unknown word, more than five, or codes of edge and origin together */
export function statTypesOf(query: Query): StatTypes {
  const text = required(query, 'stat_type')
  const names = itemsOf(query, 'stat_type')
  const unknown = names.find((name) => !statTypeNames.includes(name))
  if (unknown !== undefined || names.length === 0)
    throw parameterError('stat_type', `${quoted(unknown ?? text)} is not one of ${statTypeNames.join(', ')}`)
  if (names.length > statTypesMax) throw parameterError('stat_type', `it has more than ${statTypesMax} words`)
  const has = (prefix: string) => names.some((name) => name.startsWith(prefix))
  if (has('status_code_') && has('bs_status_code_'))
    throw new AppError(
      'CDN.0001',
      'The parameter stat_type is invalid: status_code and bs_status_code exclude each other',
    )
  return {
    text,
    figures: names.flatMap((name) => {
      const metric = figures[name] ?? null
      return metric === null ? [] : [{ name, metric }]
    }),
    codeClasses: names.flatMap((name) => codes[name] ?? []),
  }
}
