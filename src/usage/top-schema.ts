import { type Static, Type } from 'typebox'
import { Nullable, Text, UnixMs, Whole } from '../http/schemas.ts'
import { dataParameters, placeParameterTexts } from './usage-schema.ts'

/** Kinds of items, and the export's ranking of each; null: not from requests. */
export const itemKinds = {
  url: 'url',
  path: 'path',
  referrer: 'referer',
  user_agent: 'ua',
  address: 'ip',
  domain: null,
  origin_url: null,
} as const
export type ItemKind = keyof typeof itemKinds
export const itemKindNames = Object.keys(itemKinds) as ItemKind[]

/** Measures by which items are ranked. */
export const measures = ['flux', 'requests'] as const

const limitMax = 1_000
export const limitDefault = 100

export const TopParameters = Type.Object({
  ...dataParameters,
  of: Text(`Items to rank: ${itemKindNames.join(', ')}. No log format names the origin yet, so origin_url has none`),
  by: Type.Optional(Text(`Measure: ${measures.join(' or ')}. Default flux`)),
  group_by: Type.Optional(Text('domain: a list of each domain. Default: one list')),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: limitMax, description: `Items of each list; default ${limitDefault}` }),
  ),
  ...placeParameterTexts,
})
export type TopParameters = Static<typeof TopParameters>

export const TopAnswer = Type.Object({
  data_version: Type.Integer({ description: 'Data version; an account’s moves when its own data change' }),
  start_time: UnixMs('First bucket of 5 minutes'),
  end_time: UnixMs('End of the last bucket'),
  time_zone: Type.String(),
  service_area: Type.String(),
  of: Type.String(),
  by: Type.String(),
  items: Type.Array(
    Type.Object({
      rank: Type.Integer({ description: 'Place in its list, from 1; equal items by their text' }),
      domain_name: Nullable(Type.String({ description: 'Of a URL or path, or with group_by=domain; else null' })),
      item: Type.String({ description: '- for a request that has none' }),
      flux: Whole('Bytes'),
      requests: Whole('Requests'),
      share: Type.Number({ description: 'Part of everything in the measure, listed or not: 0 to 1, four decimals' }),
    }),
    { description: 'By domain, then rank' },
  ),
})
export type TopAnswer = Static<typeof TopAnswer>
