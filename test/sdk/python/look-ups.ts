import { expect, it } from 'vitest'
import type { Bench, StatisticsCall } from '../harness/bench.ts'

type Case = [method: string, request: string, query: StatisticsCall['query'], answer: (domain: string) => object]

/** Each operation by the SDK's names, and what its answer has. */
const cases: Case[] = [
  [
    'list_domains',
    'ListDomainsRequest',
    { page_size: 10, exact_match: false },
    (domain) => ({ total: 1, domains: [{ domain_name: domain, domain_status: 'online', sources: [] }] }),
  ],
  [
    'show_domain_detail_by_name',
    'ShowDomainDetailByNameRequest',
    {},
    (domain) => ({ domain: { domain_name: domain, business_type: 'web' } }),
  ],
  ['show_quota', 'ShowQuotaRequest', {}, () => ({ quotas: [{ type: 'domain', used: 1 }, {}, {}, {}] })],
  [
    'show_ip_info',
    'ShowIpInfoRequest',
    { ips: '198.51.100.7' },
    () => ({ cdn_ips: [{ ip: '198.51.100.7', belongs: false }] }),
  ],
  [
    'show_charge_modes',
    'ShowChargeModesRequest',
    { product_type: 'base' },
    () => ({ result: [{ charge_mode: 'bw_95', create_time: expect.any(Number) }] }),
  ],
  ['show_stats_configs', 'ShowStatsConfigsRequest', { config_type: 0 }, () => ({ total: 0, data: [] })],
]

/** Operations that clients look domains and accounts up with. */
export function describeLookUps(bench: Bench): void {
  it('looks up domains and the account, and reads every field', async () => {
    const { domain } = bench.account
    const calls = cases.map(([method, request, query]): StatisticsCall => {
      const named = method === 'show_domain_detail_by_name' ? { domain_name: domain } : {}
      return { operation: 'statistics', method, request, query: { ...query, ...named } }
    })
    const outcomes = await bench.calls(calls)
    for (const [n, [method, , , answer]] of cases.entries())
      expect(outcomes[n]?.response, `${method}: ${JSON.stringify(outcomes[n])}`).toMatchObject(answer(domain))
  })
}
