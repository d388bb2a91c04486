import type { PlaceFilter } from '../../clients/place-filter.ts'
import { useView } from '../../view/use-view.ts'
import { useTopChoices } from './use-top.ts'

const actions = {
  url: 'top_url_detail',
  path: 'top_path_detail',
  referrer: 'top_referer_detail',
  user_agent: 'top_ua_detail',
  address: 'top_ip_detail',
  domain: 'reports_detail',
} as const

/** The address of the form for an export of the list. The report of URLs takes no places: undefined with them. */
export function useExportHref(places: PlaceFilter): string | undefined {
  const { hrefOf } = useView()
  const { of, by, limit, isByDomain } = useTopChoices()
  if (of === 'url' && Object.keys(places).length > 0) return undefined
  if (of === 'domain') return hrefOf('/exports', { new: actions.domain, group_by: 'domain', ...places })
  return hrefOf('/exports', {
    ...{ new: actions[of], stat_type: by === 'flux' ? 'flux' : 'req_num', limit },
    ...(isByDomain ? { group_by: 'domain' } : {}),
    ...places,
  })
}
