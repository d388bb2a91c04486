import { gunzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { loggedBytes } from '../harness/account.ts'
import type { Bench, StatisticsCall } from '../harness/bench.ts'
import { anyTask } from '../harness/sdk-suite.ts'

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

const settings = { config_type: 0, resource_type: 'domain', config_info: { ua: { enable: true } } }
const mode = { charge_mode: 'flux', product_type: 'base', service_area: 'mainland_china' }

/** Settings that clients make, and the log files. */
export function describeSettings(bench: Bench): void {
  const call = (method: string, request: string, query: StatisticsCall['query']): StatisticsCall => ({
    ...{ operation: 'statistics', method, request, query },
  })

  it('sets a configuration and a charge mode, and reads them back', async () => {
    const set = { ...settings, resource_name: bench.account.domain }
    const [done, configs, changed] = await bench.calls([
      call('set_stats_config', 'SetStatsConfigRequest', { body: set }),
      call('show_stats_configs', 'ShowStatsConfigsRequest', { config_type: 0 }),
      call('set_charge_modes', 'SetChargeModesRequest', { body: mode }),
    ])
    expect(done).toHaveProperty('response')
    expect(configs?.response).toMatchObject({ total: 1, data: [set] })
    expect(changed?.response).toMatchObject({ ...mode, status: 'upcoming', effective_time: expect.any(Number) })
  })

  it('lists the log files of a domain, and fetches one by its link without a key', async () => {
    const { domain } = bench.account
    const range = { start_time: Date.now() - 86_400_000, end_time: Date.now() }
    const [listed] = await bench.calls([call('show_logs', 'ShowLogsRequest', { domain_name: domain, ...range })])
    expect(listed?.response).toMatchObject({ total: 1, logs: [{ domain_name: domain, size: expect.any(Number) }] })
    const [file] = (listed?.response?.['logs'] ?? []) as { link: string; size: number }[]
    const bytes = Buffer.from(await (await fetch(file?.link ?? '')).arrayBuffer())
    expect(bytes.length).toBe(file?.size)
    expect(gunzipSync(bytes).toString()).toContain(` ${loggedBytes} `)
  })
}

/** The workbooks. @param outcome what the SDK makes of each */
export function describeWorkbooks(bench: Bench, outcome: object): void {
  it('downloads the workbooks', async () => {
    const endMs = Math.ceil(Date.now() / 300_000) * 300_000
    const query = { start_time: endMs - 3_600_000, end_time: endMs, domain_name: 'all', excel_type: 'excel_type_usage' }
    const call = (method: string, request: string): StatisticsCall => ({
      ...{ operation: 'statistics', method, request, query },
    })
    const outcomes = await bench.calls([
      call('download_statistics_excel', 'DownloadStatisticsExcelRequest'),
      call('download_region_carrier_excel', 'DownloadRegionCarrierExcelRequest'),
    ])
    expect(outcomes).toEqual(Array(2).fill(outcome))
    expect(bench.recorder.exchanges.map(({ answer }) => answer.slice(0, 2))).toEqual(['PK', 'PK'])
  })
}

/** The export of before the export tasks. */
export function describeStatsExport(bench: Bench): void {
  it('makes an export task by the operation before them', async () => {
    const { domain } = bench.account
    const endMs = Math.floor(Date.now() / 300_000) * 300_000
    const range = { start_time: endMs - 86_400_000, end_time: endMs }
    const body = { action: 'export_m5', domain_name: domain, ...range }
    const [made, list] = await bench.calls([
      { operation: 'statistics', method: 'export_stats_open', request: 'ExportStatsOpenRequest', query: { body } },
      { operation: 'list', query: anyTask },
    ])
    expect(made).toEqual({ response: {} })
    const asked = { action: 'reports_detail', first_domain: domain, domains: 1, ...range }
    const { data } = JSON.parse(bench.recorder.exchanges.at(-1)?.answer ?? '') as { data: { task_id: string }[] }
    expect(data).toContainEqual(expect.objectContaining({ asked: expect.objectContaining(asked) }))
    expect(list?.response).toMatchObject({ data: data.map(({ task_id }) => ({ task_id })) })
  })
}

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
