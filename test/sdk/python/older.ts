import { expect, it } from 'vitest'
import { loggedBytes } from '../harness/account.ts'
import type { Bench, StatisticsCall } from '../harness/bench.ts'

const [hourMs, dayMs] = [3_600_000, 86_400_000]

type Query = StatisticsCall['query']
type Case = [method: string, query: Query, answer: (domain: string) => object]

const call = (method: string, query: Query): StatisticsCall => ({
  ...{ operation: 'older', method, query },
  // show_logs takes a ShowLogsRequest.
  request: `${method.replaceAll(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Request`,
})

/** Operations that the newer package has too, by the older one's models. `ranged` ones get the day of the one request. */
const ranged: Case[] = [
  [
    'show_domain_stats',
    { action: 'detail', stat_type: 'flux,bw', interval: 86_400 },
    () => ({ result: { flux: [loggedBytes], bw: [Math.round((loggedBytes * 8) / 300)] } }),
  ],
  [
    'show_domain_location_stats',
    { action: 'location_summary', stat_type: 'flux,req_num', group_by: 'country' },
    () => ({ group_by: 'country', result: { qita: { flux: loggedBytes, req_num: 1 } } }),
  ],
  [
    'show_top_url',
    { stat_type: 'flux' },
    (domain) => ({ top_url_summary: [{ url: `${domain}/a.jpg`, value: loggedBytes, stat_type: 'flux' }] }),
  ],
  [
    'show_logs',
    { page_size: 1000, page_number: 1 },
    (domain) => ({ total: 1, logs: [{ domain_name: domain, size: expect.any(Number) }] }),
  ],
]
const plain: Case[] = [
  ['list_domains', {}, (domain) => ({ total: 1, domains: [{ domain_name: domain, domain_status: 'online' }] })],
  ['show_quota', {}, () => ({ quotas: [{ type: 'domain', used: 1 }, {}, {}, {}] })],
  ['show_ip_info', { ips: '198.51.100.7' }, () => ({ cdn_ips: [{ ip: '198.51.100.7', belongs: false }] })],
]

/** Operations of the SDK's package v1 on this API: every one that asks and sets nothing. */
export function describeOlder(bench: Bench): void {
  it('reads points of each domain by the older package', async () => {
    const endMs = Math.ceil(Date.now() / 300_000) * 300_000
    const query = {
      ...{ start_time: endMs - dayMs, end_time: endMs, domain_name: bench.account.domain, stat_type: 'flux' },
    }
    const [items, places] = await bench.calls([
      call('show_domain_item_details', query),
      call('show_domain_item_location_details', { ...query, region: 'all', isp: 'all' }),
    ])
    const details = items?.response?.['domain_item_details'] as { domains: { domain_name: string; flux: number[] }[] }
    expect(details.domains.map((one) => one.domain_name)).toEqual([bench.account.domain])
    expect(details.domains[0]?.flux.reduce((sum, value) => sum + value, 0)).toBe(loggedBytes)
    expect(places?.response).toMatchObject({ domain_item_location_details: { stat_type: 'flux', domains: [] } })
  })

  it('asks by the older package what the newer one asks too', async () => {
    const { domain } = bench.account
    const day = Math.floor((Date.now() - 3 * hourMs + 8 * hourMs) / dayMs) * dayMs - 8 * hourMs
    const range = { start_time: day, end_time: day + dayMs, domain_name: domain }
    const cases = [...ranged.map(([method, query, answer]): Case => [method, { ...range, ...query }, answer]), ...plain]
    const outcomes = await bench.calls(cases.map(([method, query]) => call(method, query)))
    for (const [n, [method, , answer]] of cases.entries())
      expect(outcomes[n]?.response, `${method}: ${JSON.stringify(outcomes[n])}`).toMatchObject(answer(domain))
  })

  it('shows a domain by the id that the older package lists it with', async () => {
    const [listed] = await bench.calls([call('list_domains', { domain_name: bench.account.domain })])
    const [{ id: domain_id } = { id: '' }] = (listed?.response?.['domains'] ?? []) as { id: string }[]
    const [shown] = await bench.calls([call('show_domain_detail', { domain_id })])
    expect(shown?.response).toMatchObject({ domain: { id: domain_id, domain_name: bench.account.domain, sources: [] } })
  })
}
