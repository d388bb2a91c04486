import { createHash, randomBytes } from 'node:crypto'
import { ofPage } from '../harness/console.ts'
import type { Sent } from '../harness/requests.ts'
import type { Things } from './two-accounts.ts'

/** What a caller asks of a route about some account's things; without any, that it asks nothing by name. */
export type RouteCase = (things: Things) => Sent[]

const json = (method: string, target: string, body?: unknown): Sent => ({
  method,
  target,
  ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
})
const get = (target: string): Sent => ({ target })
const path = encodeURIComponent

const range = { start_time: 1_788_220_800_000, end_time: 1_788_224_400_000 }
const rangeQuery = `start_time=${range.start_time}&end_time=${range.end_time}`
const tasks = '/v1/cdn/statistics/export-tasks'
const one = '/api/v1/export-tasks'
const batches = '/api/v1/log-batches'
/** Spellings of the parameter `account`. */
const whose = (accountId: string) => [accountId, accountId.toUpperCase(), ` ${accountId}`, `${accountId},all`, 'all']
const ids = ({ batchId, operatorsBatchId }: Things) => [batchId, operatorsBatchId]
/** A line that no format reads, another one each time: what becomes of it depends on the key alone. */
const pushed = (query: string, idempotencyKey?: string): Sent => ({
  method: 'POST',
  target: `${batches}?format=huawei_offline&${query}`,
  body: `no log line ${randomBytes(8).toString('hex')}\n`,
  headers: idempotencyKey === undefined ? {} : { 'Idempotency-Key': idempotencyKey },
})

/** The contract's statistics queries: of a domain, and of all that the asker has. */
function statisticsCases(): Record<string, RouteCase> {
  const queries = {
    showDomainStats: 'domain-stats?action=summary&stat_type=flux,status_code_2xx',
    showTopUrl: 'top-url?stat_type=flux',
    showDomainLocationStats: 'domain-location-stats?action=location_summary&stat_type=flux&group_by=domain',
    showBandwidthCalc: 'bandwidth-calc?calc_type=bw_95',
    showTopDomainNames: 'top-domain-names?stat_type=flux',
    listTopIps: 'top-ips?stat_type=flux&group_by=domain',
    listTopUas: 'top-uas?stat_type=flux',
    listTopPaths: 'top-path?stat_type=flux',
    listTopRefers: 'top-refers?stat_type=flux',
    listTopOriginUrls: 'top-origin-urls?stat_type=flux',
    showDomainCountryStats: 'domain-country-stats?action=summary&stat_type=flux',
    listDomainClientStats: 'domain-client-stats?stat_type=uv',
    downloadStatisticsExcel: 'statistics-excel?excel_type=excel_type_usage',
    downloadRegionCarrierExcel: 'region-carrier-excel?excel_type=excel_type_top_url',
    showDomainItemDetails: 'domain-item-details?stat_type=flux',
    showDomainItemLocationDetails: 'domain-item-location-details?stat_type=flux&region=all&isp=all',
    showFlux: 'flux?',
    showFluxDetail: 'flux-detail?',
    showBandwidth: 'bandwidth?',
    showBandwidthDetail: 'bandwidth-detail?interval=14400',
    showDomainSummary: 'domain-summary?stat_type=qps',
    showDomainSummaryDetail: 'domain-summary-detail?stat_type=req_hit_rate',
    listDomainFigures: 'domain?',
    listRegionFigures: 'region-detail-summary?',
    listCarrierFigures: 'carrier-detail-summary?',
    listRegionCarrierDomains: 'region-carrier-domain?',
    showRegionCarrierDetail: 'region-carrier-detail?',
  }
  const asked = (query: string, domain: string) =>
    get(`/v1.0/cdn/statistics/${query}&${rangeQuery}&domain_name=${domain}`)
  return Object.fromEntries(
    Object.entries(queries).map(([id, query]): [string, RouteCase] => [
      id,
      ({ domain }) => [asked(query, domain), asked(query, 'all')],
    ]),
  )
}

/** Look-ups of domains and accounts by the contract's clients. */
const lookUpCases: Record<string, RouteCase> = {
  listCdnDomains: ({ domain }) => [get('/v1.0/cdn/domains'), get(`/v1.0/cdn/domains?domain_name=${domain}`)],
  showCdnDomain: ({ domain }) => [get(`/v1.0/cdn/domains/${idOf(domain)}/detail`)],
  showCdnDomainByName: ({ domain }) => [get(`/v1.0/cdn/configuration/domains/${domain}`)],
  showDomainsStatusStats: () => [get('/v1.0/cdn/domains/statistic?factor=domains&type=domain_status')],
  showChargeModes: () => [get('/v1.0/cdn/charge/charge-modes?product_type=base')],
  setChargeModes: () => [
    json('PUT', '/v1.0/cdn/charge/charge-modes', {
      charge_mode: 'flux',
      product_type: 'base',
      service_area: 'mainland_china',
    }),
  ],
  setStatsConfig: ({ domain }) => [
    json('POST', '/v1/cdn/statistics/stats-configs', {
      resource_type: 'domain',
      resource_name: domain,
      config_info: { ua: { enable: true } },
    }),
  ],
  showStatsConfigs: () => [get('/v1/cdn/statistics/stats-configs?config_type=0')],
  showLogs: ({ domain }) => [get(`/v1.0/cdn/logs?domain_name=${domain}&${rangeQuery}`)],
  showQuota: () => [get('/v1.0/cdn/quota')],
  showIpInfo: () => [get('/v1.0/cdn/ip-info?ips=198.51.100.7')],
}
const idOf = (domain: string) => createHash('sha256').update(`domain ${domain}`).digest('hex').slice(0, 32)

/** Every operation of the OpenAPI document, by its id. A route without an entry fails the walk. */
export const routeCases: Record<string, RouteCase> = {
  createExportTask: ({ domain, taskName, accountId }) => [
    ...whose(accountId).map((account) => json('POST', tasks, { account, ...range })),
    json('POST', tasks, { domain_name: domain, ...range }),
    json('POST', tasks, { domain_name: 'all', task_name: taskName, start_time: 1, end_time: 0 }),
  ],
  listExportTasks: ({ taskId, taskName, accountId }) => [
    ...whose(accountId).map((account) => get(`${tasks}?account=${path(account)}`)),
    get(`${tasks}?task_id=${taskId}`),
    get(`${tasks}?task_name=${taskName}`),
    get(`${tasks}?task_id=${taskId}&status=success&limit=100`),
  ],
  exportStatsOpen: ({ domain }) => [
    json('POST', '/v1.0/cdn/statistics/stats/export', { domain_name: domain, ...range }),
  ],
  showExportTask: ({ taskId }) => [get(`${one}/${taskId}`)],
  deleteExportTask: ({ taskId }) => [json('DELETE', `${one}/${taskId}`)],
  cancelExportTask: ({ taskId }) => [json('POST', `${one}/${taskId}/cancel`)],
  retryExportTask: ({ taskId }) => [json('POST', `${one}/${taskId}/retry`)],
  preflightExportTask: ({ domain, accountId }) => [
    json('POST', `${one}/preflight`, { domain_name: domain, ...range }),
    ...whose(accountId).map((account) => json('POST', `${one}/preflight`, { account, ...range })),
  ],
  showExportTaskChanges: ({ taskId }) => [get(`${one}/${taskId}/changes`)],
  showCoverage: ({ domain, accountId }) => [
    get(`/api/v1/coverage?domain_name=${domain}&${rangeQuery}`),
    ...whose(accountId).map((account) => get(`/api/v1/coverage?account=${path(account)}&${rangeQuery}`)),
  ],
  showUsage: ({ domain, accountId }) => [
    get(`/api/v1/usage?domain_name=${domain}&${rangeQuery}`),
    get(`/api/v1/usage?${rangeQuery}&data_version=1`),
    ...whose(accountId).map((account) => get(`/api/v1/usage?account=${path(account)}&${rangeQuery}`)),
  ],
  showTop: ({ domain, accountId }) => [
    get(`/api/v1/top?of=url&domain_name=${domain}&${rangeQuery}`),
    ...whose(accountId).map((account) => get(`/api/v1/top?of=domain&account=${path(account)}&${rangeQuery}`)),
  ],
  showMonth: ({ domain, accountId }) => [
    get(`/api/v1/month?month=2026-09&group_by=domain&domain_name=${domain}`),
    get('/api/v1/month?month=2026-09&data_version=1'),
    ...whose(accountId).map((account) => get(`/api/v1/month?month=2026-09&account=${path(account)}`)),
    get('/api/v1/month?month=2026-09&account=all&group_by=account'),
  ],
  explainFigure: ({ domain, accountId }) => [
    get(`/api/v1/explain?domain_name=${domain}&time=${range.start_time}`),
    get(`/api/v1/explain?domain_name=${domain}&time=${range.start_time}&interval=month&data_version=1`),
    get(
      `/api/v1/explain?domain_name=${domain}&time=${range.start_time}&interval=3600&metric=peak_bandwidth&country=cn`,
    ),
    ...whose(accountId).map((account) =>
      get(`/api/v1/explain?domain_name=${domain}&time=${range.start_time}&account=${path(account)}`),
    ),
  ],
  ...statisticsCases(),
  ...lookUpCases,
  showMonthDeliveries: ({ domain, accountId }) => [
    ...whose(accountId).map((account) => get(`/api/v1/month-deliveries?month=2026-09&account=${path(account)}`)),
    get(`/api/v1/month-deliveries?month=2026-09&domain_name=${domain}`),
  ],
  suggestCadences: ({ accountId }) => [
    get('/api/v1/coverage/cadence-suggestions'),
    ...whose(accountId).map((account) => get(`/api/v1/coverage/cadence-suggestions?account=${path(account)}`)),
  ],
  listKeptLogs: () => [get('/api/v1/kept-logs')],
  setKeptLogs: ({ source, accountId }) => [
    ...whose(accountId).map((account) =>
      json('PUT', `/api/v1/kept-logs/${path(source)}?account=${path(account)}`, { keep_logs_days: 1 }),
    ),
  ],
  removeKeptLogs: ({ source, accountId }) => [
    json('DELETE', `/api/v1/kept-logs/${path(source)}`),
    ...whose(accountId).map((account) => json('DELETE', `/api/v1/kept-logs/${path(source)}?account=${path(account)}`)),
  ],
  listCadences: () => [get('/api/v1/coverage/cadences')],
  setCadence: ({ source }) => [json('PUT', `/api/v1/coverage/cadences/${path(source)}`, { delay_seconds: 60 })],
  removeCadence: ({ source }) => [json('DELETE', `/api/v1/coverage/cadences/${path(source)}`)],
  showWebhookSecret: () => [],
  download: ({ taskId, fileName }) => [
    get(`/downloads/${taskId}/${path(fileName)}`),
    get(`/downloads/${taskId}/${path(fileName)}?expires=4102444800&signature=${'0'.repeat(64)}`),
  ],
  loadLocalFile: ({ source }) => [json('POST', `${batches}/local-file`, { path: '/nowhere.log', source })],
  loadLocalFiles: ({ source }) => [json('POST', `${batches}/local-files`, { paths: ['/nowhere.log'], source })],
  previewLogLines: ({ source, domain }) => [
    json('POST', `${batches}/preview`, { lines: 'bm8gbGluZQo=', format: 'huawei_offline', source, domain }),
  ],
  listLogBatches: () => [get(batches)],
  pushLogBatch: ({ source, domain, idempotencyKey }) => [
    pushed('wait=true', `${idempotencyKey}-${randomBytes(4).toString('hex')}`),
    pushed(`source=${path(source)}&wait=true`, `${idempotencyKey}-${randomBytes(4).toString('hex')}`),
    pushed(`source=${path(source)}&domain=${domain}&name=2026090109-${domain}-cn.log`),
  ],
  showLogBatch: (things) => ids(things).map((id) => get(`${batches}/${id}`)),
  forgetLogBatch: (things) => ids(things).map((id) => json('DELETE', `${batches}/${id}`)),
  acceptLogBatch: (things) => ids(things).map((id) => json('POST', `${batches}/${id}/accept`)),
  forgetLogBatches: ({ source, accountId }) => [
    json('POST', `${batches}/forget`, { source, account_id: accountId, start_time: 0, end_time: 4_102_444_800_000 }),
  ],
  checkConsistency: () => [json('POST', '/api/v1/consistency-checks', {})],
  showRetention: () => [get('/api/v1/retention')],
  showSystem: () => [get('/api/v1/system')],
  listLogSources: () => [get('/api/v1/log-sources')],
  retryLogSources: ({ source }) => [json('POST', '/api/v1/log-sources/retry', { source, file: 'access.log' })],
  showGeo: () => [get('/api/v1/geo')],
  showAddress: () => [get('/api/v1/geo/addresses/198.51.100.7')],
  resetGeo: () => [json('DELETE', '/api/v1/geo/imports')],
  importGeo: () => [{ method: 'POST', target: '/api/v1/geo/imports?name=x.csv', body: 'network,country\n' }],
  updateGeo: () => [{ method: 'POST', target: '/api/v1/geo/updates?files=%5B%5D', body: 'network,country\n' }],
  previewRelocation: (things) => [
    json('POST', '/api/v1/relocations/preview', { batch_ids: ids(things).map(Number) }),
    json('POST', '/api/v1/relocations/preview', { source: things.source }),
  ],
  createRelocation: (things) => [json('POST', '/api/v1/relocations', { batch_ids: ids(things).map(Number) })],
  listRelocations: () => [get('/api/v1/relocations')],
  showRelocation: ({ relocationId }) => [get(`/api/v1/relocations/${relocationId}`)],
  cancelRelocation: ({ relocationId }) => [json('POST', `/api/v1/relocations/${relocationId}/cancel`)],
  lookUpAccount: ({ accountId }) => [get('/v3/auth/domains'), get(`/v3/auth/domains?name=${accountId}`)],
  createToken: ({ accountKey }) => [
    json('POST', '/v3/auth/tokens', {
      auth: { identity: { hw_ak_sk: { access: { key: accountKey }, secret: { key: 'a guess' } } } },
    }),
  ],
  listProjects: ({ accountId }) => [get('/v3/projects'), get(`/v3/projects?name=cn-north-1&domain_id=${accountId}`)],
  showOwnAccount: () => [get('/api/v1/account')],
  listAccounts: () => [get('/api/v1/accounts')],
  createAccount: () => [json('POST', '/api/v1/accounts', { name: 'b-company' })],
  setAccountSettings: ({ accountId }) => [json('PUT', `/api/v1/accounts/${accountId}/settings`, { rows_max: 1 })],
  listDomains: () => [get('/api/v1/domains')],
  claimDomain: ({ domain, accountId }) => [json('PUT', `/api/v1/domains/${domain}`, { account_id: accountId })],
  releaseDomain: ({ domain }) => [json('DELETE', `/api/v1/domains/${domain}`)],
  listAccessKeys: () => [get('/api/v1/access-keys')],
  createAccessKey: ({ accountId }) => [json('POST', '/api/v1/access-keys', { role: 'account', account_id: accountId })],
  rotateAccessKey: ({ accountKey, ingestKey }) =>
    [accountKey, ingestKey].map((key) => json('POST', `/api/v1/access-keys/${key}/rotate`, {})),
  lockAccount: ({ accountId }) => [json('POST', `/api/v1/accounts/${accountId}/lock`, {})],
  unlockAccount: ({ accountId }) => [json('POST', `/api/v1/accounts/${accountId}/unlock`, {})],
  listAudit: ({ accountKey }) => [get('/api/v1/audit'), get(`/api/v1/audit?actor=${accountKey}`)],
  verifyAudit: () => [get('/api/v1/audit/chain')],
  rotateDownloadLinks: () => [json('POST', '/api/v1/download-links/rotate', {})],
  // Names nothing: it is the asker's own, and another one each time.
  rotateWebhookSecret: () => [],
  revokeAccessKey: ({ accountKey, ingestKey }) =>
    [accountKey, ingestKey].map((key) => json('DELETE', `/api/v1/access-keys/${key}`)),
  startConsoleSession: ({ accountKey, taskId }) => [
    json('POST', '/console/session', { access_key: accountKey, secret_key: 'a guess' }),
    { ...json('POST', '/console/session', { access_key: accountKey, secret_key: 'a guess' }), headers: ofPage },
    { ...json('POST', '/console/session', { link_token: taskId }), headers: ofPage },
  ],
  showConsoleSession: () => [get('/console/session')],
  renewConsoleSession: () => [json('POST', '/console/session/renew')],
  endConsoleSession: () => [json('DELETE', '/console/session?everywhere=true')],
  // Names nothing: it is the asker's own, and another one each time.
  createConsoleLink: () => [],
  showBranding: () => [get('/console/branding')],
  health: () => [get('/healthz')],
  ready: () => [get('/readyz')],
  metrics: () => [],
  usageMetrics: () => [],
}
