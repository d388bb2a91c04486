import { Type } from 'typebox'
import { domainId } from '../../accounts/domain-id.ts'
import { createdTimes, type OwnedDomains, ownedDomains } from '../../accounts/domains.ts'
import { AppError, quoted } from '../../errors.ts'
import type { Database } from '../../ports/database/database.ts'
import { domainPattern } from '../../statistics/domain-name.ts'
import { optionalOf, type Query, required, wholeNumberOf } from '../wire/parameters.ts'
import type { LookUp } from './look-up.ts'

/** Words of the contract for the kind of a domain's content, and for its state. */
export const businessTypes = ['web', 'download', 'video', 'wholeSite'] as const
export const domainStates = [
  'online',
  'offline',
  'configuring',
  'configure_failed',
  'checking',
  'check_failed',
  'deleting',
] as const
/** Fluxport counts the traffic of domains and configures none: each has the contract's first words. */
const businessType = businessTypes[0]
const domainStatus = domainStates[0]

const Domain = Type.Object({ id: Type.String(), domain_name: Type.String() }, { additionalProperties: true })
const notConfigured = 'Ignored'

/** The account's domains: ListDomains. */
export const domainList: LookUp = {
  path: 'domains',
  operationId: 'listCdnDomains',
  perSecond: 15,
  summary: 'Lists the account’s domains; what Fluxport does not configure has the contract’s defaults',
  parameters: {
    domain_name: 'A part of the names; with exact_match the whole name',
    exact_match: 'true or false. Default false',
    business_type: `${businessTypes.join(', ')}: every domain is web`,
    domain_status: `${domainStates.join(', ')}: every domain is online`,
    service_area: 'mainland_china, outside_mainland_china or global: every domain is global',
    page_size: '1 to 10000; default 30',
    page_number: '1 to 65535; default 1',
    show_tags: 'true: with tags, of which there are none',
    enterprise_project_id: notConfigured,
  },
  answers: Type.Object({ total: Type.Integer(), domains: Type.Array(Domain) }),
  answer: async ({ database, accountId, query }) => {
    const owned = await presentDomains(database, accountId)
    const names = namesOf(owned.names, query)
    const size = wholeNumberOf(query, 'page_size', { min: 1, max: 10_000, fallback: 30 })
    const page = wholeNumberOf(query, 'page_number', { min: 1, max: 65_535, fallback: 1 })
    const shown = await rowsOf(database, accountId, owned, names.slice((page - 1) * size, page * size))
    const tags = optionalOf(query, 'show_tags', ['true', 'false']) === 'true' ? { tags: [] } : {}
    return { total: names.length, domains: shown.map((row) => ({ ...row, ...tags })) }
  },
}

/** One of them by its id, in the form of the older detail. */
export const domainById: LookUp = {
  path: 'domains/:domain_id/detail',
  operationId: 'showCdnDomain',
  perSecond: 15,
  summary: 'Shows one of the account’s domains, by the id that the list has',
  parameters: { domain_id: 'As in the list', enterprise_project_id: notConfigured },
  answers: Type.Object({ domain: Domain }),
  answer: async ({ database, accountId, query }) => {
    const name = await nameOf(database, required(query, 'domain_id'))
    const owned = await ownedDomains(database.queries, accountId, [name])
    if ('missing' in owned) throw new AppError('CDN.0105', 'There is no domain with this id')
    const [domain] = await rowsOf(database, accountId, owned, [name])
    return { domain }
  },
}

/** One of them by its name: ShowDomainDetailByName. */
export const domainByName: LookUp = {
  path: 'configuration/domains/:domain_name',
  operationId: 'showCdnDomainByName',
  perSecond: 15,
  summary: 'Shows one of the account’s domains, by its name',
  parameters: { domain_name: 'A domain name', enterprise_project_id: notConfigured },
  answers: Type.Object({ domain: Domain }),
  answer: async ({ database, accountId, query }) => {
    const name = required(query, 'domain_name').toLowerCase()
    if (!domainPattern.test(name)) throw new AppError('CDN.0201', `${quoted(name)} is not a domain name`)
    const owned = await ownedDomains(database.queries, accountId, [name])
    if ('missing' in owned) throw new AppError('CDN.0105', `The domain ${name} does not exist`)
    const [row] = await rowsOf(database, accountId, owned, [name])
    return { domain: row && { ...row, update_time: row.modify_time } }
  },
}

/** @throws never: every domain is asked for */
async function presentDomains(database: Database, accountId: string): Promise<OwnedDomains> {
  const owned = await ownedDomains(database.queries, accountId, null)
  if ('missing' in owned) throw new Error('no domain was named')
  return owned
}

/** The domain of an id, perhaps another account’s; empty without one, which takes as long to look up. */
async function nameOf(database: Database, id: string): Promise<string> {
  const domain = database.queries.selectFrom('domain').select('name').where('public_id', '=', id)
  return (await domain.executeTakeFirst())?.name ?? ''
}

function namesOf(names: readonly string[], query: Query): string[] {
  const asked = query['domain_name']?.trim().toLowerCase() ?? ''
  const isExact = optionalOf(query, 'exact_match', ['true', 'false']) === 'true'
  const hasType = (optionalOf(query, 'business_type', businessTypes) ?? businessType) === businessType
  const hasState = (optionalOf(query, 'domain_status', domainStates) ?? domainStatus) === domainStatus
  const areas = ['mainland_china', 'outside_mainland_china', 'global'] as const
  const hasArea = (optionalOf(query, 'service_area', areas) ?? 'global') === 'global'
  if (!hasType || !hasState || !hasArea) return []
  return names.filter((name) => asked === '' || (isExact ? name === asked : name.includes(asked)))
}

async function rowsOf(database: Database, accountId: string, { seen }: OwnedDomains, names: readonly string[]) {
  const times = await createdTimes(database.queries, accountId, names)
  return names.map((name) => {
    const id = domainId(name)
    // A domain that another account had before is as old as its account: its own age is not the account's to know.
    const createdMs = (seen.fromLoad.has(name) ? null : times.ofDomains.get(name)) ?? times.ofAccount
    return {
      ...{ id, domain_name: name, business_type: businessType, domain_status: domainStatus, cname: '' },
      ...{ user_domain_id: accountId, sources: [] },
      domain_origin_host: { domain_id: id, origin_host_type: 'accelerate', customize_domain: name },
      ...{ https_status: 0, create_time: createdMs, modify_time: createdMs },
      ...{ disabled: 0, locked: 0, auto_refresh_preheat: 0, service_area: 'global' },
      ...{ range_status: 'off', follow_status: 'off', origin_status: 'off' },
      ...{ banned_reason: '', locked_reason: '', enterprise_project_id: '0' },
    }
  })
}
