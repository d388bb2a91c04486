import { usePlaceFilter } from '../../clients/place-filter.ts'
import type { PlaceKind } from '../../clients/place-names.ts'
import { useView } from '../../view/use-view.ts'

/**
 * The address of the form for an export of these clients; undefined where no report has them. Carriers and provinces are
 * rows of isp_detail, which takes no country; countries and versions of IP are rows of none.
 */
export function useExportHref(kind: PlaceKind): string | undefined {
  const { hrefOf } = useView()
  const { filter } = usePlaceFilter()
  const { country, province, isp, ip_version: ipVersion } = filter
  if (ipVersion !== undefined) return undefined
  if (kind === 'isp' || kind === 'province') {
    if (country !== undefined) return undefined
    const provinces = kind === 'province' ? (province ?? 'all') : province
    return hrefOf('/exports', { new: 'isp_detail', ...given({ province: provinces, isp }) })
  }
  if (country === undefined) return undefined
  return hrefOf('/exports', { new: 'reports_detail', ...given({ country, province, isp }) })
}

function given(values: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))
}
