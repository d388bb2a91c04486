import type { Routes } from '../http/server.ts'
import { bandwidthCalc } from './bandwidth-calc.ts'
import { clientStats } from './client-stats.ts'
import { domainCounts, ipInfo, quota } from './configuration/account-facts.ts'
import { chargeModeRoutes } from './configuration/charge-modes.ts'
import { domainById, domainByName, domainList } from './configuration/domain-list.ts'
import type { LookUp } from './configuration/look-up.ts'
import { statsConfigRoutes } from './configuration/stats-configs.ts'
import { domainStats } from './domain-stats.ts'
import { itemDetails, itemLocationDetails } from './item-details.ts'
import { legacyByDomain } from './legacy-domains.ts'
import { legacyByPlace } from './legacy-places.ts'
import { countryStats, locationStats } from './location-stats.ts'
import { logRoutes } from './logs.ts'
import { mountSibling, type Sibling, type SiblingDeps } from './sibling.ts'
import { topDomainNames } from './top-domain-names.ts'
import { topIps, topOriginUrls, topPath, topRefers, topUas, topUrl } from './top-lists.ts'
import { mountOperation } from './wire/operation.ts'
import { workbookRoutes } from './workbook-routes.ts'

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
  clientStats,
  itemDetails,
  itemLocationDetails,
  ...legacyByDomain,
  ...legacyByPlace,
]

const lookUps: LookUp[] = [domainList, domainById, domainByName, domainCounts, quota, ipInfo]

/** Routes of the contract's synchronous statistics queries, and of what their clients look up first. */
export function siblingRoutes(server: Routes, deps: SiblingDeps): void {
  for (const sibling of siblings) mountSibling(server, deps, sibling)
  workbookRoutes(server, deps)
  statsConfigRoutes(server, deps)
  chargeModeRoutes(server, deps)
  logRoutes(server, deps)
  const { database } = deps
  for (const lookUp of lookUps)
    mountOperation(server, deps, lookUp, ({ accountId, query }) => lookUp.answer({ database, accountId, query }))
}
