import type { Routes } from '../http/server.ts'
import { bandwidthCalc } from './bandwidth-calc.ts'
import { domainStats } from './domain-stats.ts'
import { countryStats, locationStats } from './location-stats.ts'
import { mountSibling, type Sibling, type SiblingDeps } from './sibling.ts'
import { topDomainNames } from './top-domain-names.ts'
import { topIps, topOriginUrls, topPath, topRefers, topUas, topUrl } from './top-lists.ts'

const siblings: Sibling[] = [
  domainStats,
  topUrl,
  locationStats,
  bandwidthCalc,
  topDomainNames,
  topIps,
  topUas,
  topPath,
  topRefers,
  topOriginUrls,
  countryStats,
]

/** Routes of the contract's synchronous statistics queries. */
export function siblingRoutes(server: Routes, deps: SiblingDeps): void {
  for (const sibling of siblings) mountSibling(server, deps, sibling)
}
