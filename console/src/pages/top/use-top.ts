import { useAnswer } from '../../api/answers.ts'
import type { GetAnswer } from '../../api/client.ts'
import { usePlaceFilter } from '../../clients/place-filter.ts'
import type { PlaceKind } from '../../clients/place-names.ts'
import { intervalOf } from '../../view/interval-of.ts'
import { useChoice } from '../../view/use-choice.ts'
import { useView } from '../../view/use-view.ts'

export type TopAnswer = GetAnswer<'/api/v1/top'>
export type TopItem = TopAnswer['items'][number]

export const itemKinds = ['url', 'path', 'referrer', 'user_agent', 'address', 'domain'] as const
export const measures = ['flux', 'requests'] as const
export const limits = ['20', '100', '1000'] as const
export const groups = ['together', 'domain'] as const
export type ItemKind = (typeof itemKinds)[number]
export type Measure = (typeof measures)[number]

/** Places by which lists can be filtered. */
export const listPlaces: readonly PlaceKind[] = ['country', 'province', 'isp']

/** The page's choices, as they stand in the address. */
export function useTopChoices() {
  const [of, chooseOf] = useChoice('of', itemKinds)
  const [by, chooseBy] = useChoice('by', measures)
  const [limit, chooseLimit] = useChoice('limit', limits)
  const [group, chooseGroup] = useChoice('group', groups)
  // A list of each domain would have one row of domains.
  const isByDomain = group === 'domain' && of !== 'domain'
  return { of, chooseOf, by, chooseBy, limit, chooseLimit, group, chooseGroup, isByDomain }
}

/** The list that is asked for, and the sums and states of all that it is a part of. */
export function useTop() {
  const { view, subject, range } = useView()
  const { of, by, limit, isByDomain } = useTopChoices()
  const { ip_version: _ofNoList, ...places } = usePlaceFilter().filter
  const ofAll = { ...subject, ...range, ...places }
  const query = { ...ofAll, of, by, limit: Number(limit), ...(isByDomain ? { group_by: 'domain' } : {}) }
  const interval = intervalOf(range, view.zone)
  const list = useAnswer('/api/v1/top', query)
  const all = useAnswer('/api/v1/usage', { ...ofAll, interval, metrics: 'flux,requests' })
  return { query, places, list, all: all.data }
}
