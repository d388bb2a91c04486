import { isIP } from 'node:net'
import { Type } from 'typebox'
import { domainsOfAccount } from '../../accounts/domains.ts'
import { AppError, parameterError, quoted } from '../../errors.ts'
import { itemsOf, required, requiredOf } from '../wire/parameters.ts'
import { businessTypes, domainStates } from './domain-list.ts'
import type { LookUp } from './look-up.ts'

const Facts = Type.Object({}, { additionalProperties: true })

/** No bound: the contract's field is a number. */
const noLimit = 2 ** 31 - 1

/** Bounds of the account: ShowQuota. */
export const quota: LookUp = {
  path: 'quota',
  operationId: 'showQuota',
  perSecond: 5,
  summary: 'Says how many domains the account has; Fluxport limits none, and refreshes and preheats nothing',
  parameters: { enterprise_project_id: 'Ignored' },
  answers: Type.Object({ quotas: Type.Array(Facts) }),
  answer: async ({ database, accountId }) => {
    const used = (await domainsOfAccount(database.queries, accountId)).length
    const row = (type: string, limit: number, count: number) => ({
      ...{ quota_limit: limit, type, used: count, user_domain_id: accountId },
    })
    const none = ['file_refresh', 'dir_refresh', 'preheat'].map((type) => row(type, 0, 0))
    return { quotas: [row('domain', noLimit, used), ...none] }
  },
}

const addressesMax = 20

/** Owners of addresses: ShowIpInfo. No log tells Fluxport which addresses the edges have. */
export const ipInfo: LookUp = {
  path: 'ip-info',
  operationId: 'showIpInfo',
  perSecond: 15,
  summary: 'Answers that no address is known as one of an edge',
  parameters: {
    ips: `Up to ${addressesMax} addresses with commas between them. Mandatory`,
    enterprise_project_id: 'Ignored',
  },
  answers: Type.Object({ cdn_ips: Type.Array(Facts) }),
  answer: async ({ query }) => {
    required(query, 'ips')
    const addresses = itemsOf(query, 'ips')
    const wrong = addresses.find((address) => isIP(address) === 0)
    if (wrong !== undefined) throw parameterError('ips', `${quoted(wrong)} is not an IPv4 or IPv6 address`)
    if (addresses.length > addressesMax)
      throw new AppError('CDN.0005', `The parameter ips is invalid: it has more than ${addressesMax} addresses`)
    return {
      cdn_ips: addresses.map((ip) => ({ ip, belongs: false, region: 'Unknown', isp: null, platform: 'Unknown' })),
    }
  },
}

const states = [...domainStates, 'syn_failed'] as const

/** Numbers of domains by state or by kind: ShowDomainsStatusStats. */
export const domainCounts: LookUp = {
  path: 'domains/statistic',
  operationId: 'showDomainsStatusStats',
  perSecond: 5,
  summary: 'Counts the account’s domains: every one is online, and web',
  parameters: {
    factor: 'domains. Mandatory',
    type: 'domain_status or business_type. Mandatory',
    enterprise_project_id: 'Ignored',
  },
  answers: Type.Object({}, { additionalProperties: Type.Integer() }),
  answer: async ({ database, accountId, query }) => {
    requiredOf(query, 'factor', ['domains'])
    const type = requiredOf(query, 'type', ['domain_status', 'business_type'])
    const count = (await domainsOfAccount(database.queries, accountId)).length
    const words: readonly string[] = type === 'domain_status' ? states : businessTypes
    const first = words[0]
    return Object.fromEntries(words.map((word) => [word, word === first ? count : 0]))
  },
}
