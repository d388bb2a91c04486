// What scripts/compare-exports.mjs loads and asks for: two accounts, logs of two formats in both areas, and every action in
// every format and language, with its options in turn. The same seeds give the same lines.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { openApi } from '../test/kill/api.mjs'
import { demoDomains, writeTraffic } from './traffic.mjs'

export const timeZone = 'Asia/Shanghai'
/** The other four are the operator’s, whose files have no word of these. */
const customersDomains = demoDomains.slice(4, 7)

const dayStartMs = Date.parse('2025-09-10T09:00:00+08:00')
const logs = [
  { format: 'huawei_offline', area: 'mainland_china', lines: 9_000, domains: demoDomains.slice(0, 7), hours: 15 },
  {
    format: 'combined_vhost',
    area: 'outside_mainland_china',
    lines: 6_000,
    domains: demoDomains.slice(2, 6),
    hours: 15,
  },
  // For a bill, which is of months.
  { format: 'huawei_offline', area: 'mainland_china', lines: 8_000, domains: demoDomains.slice(0, 5), hours: 40 * 24 },
].map((log, n) => ({ ...log, seed: n + 1, startTimeMs: dayStartMs - (n === 2 ? 40 * 86_400_000 : 0) }))

/** Unaligned on both sides, with requests before and after. */
const day = { start_time: Date.parse('2025-09-10T12:03:20+08:00'), end_time: Date.parse('2025-09-11T00:31:00+08:00') }
const months = {
  start_time: Date.parse('2025-08-03T10:02:00+08:00'),
  end_time: Date.parse('2025-09-11T06:00:00+08:00'),
}

const bucketed = ['reports_detail', 'isp_detail', 'uv']
const lists = ['top_url_detail', 'top_path_detail', 'top_ua_detail', 'top_referer_detail', 'top_ip_detail']
const actions = [...bucketed, ...lists, 'billing_summary']
const areas = ['global', 'mainland_china', 'outside_mainland_china']
const formats = ['csv', 'xlsx', 'parquet', 'jsonl']
const compressions = ['none', 'gzip', 'zip']
const places = [{}, { country: 'cn' }, { country: 'cn', province: 'guangdong' }, { isp: 'dianxin' }]
/** What goes with an action: carriers are those of the mainland, and a bill is of all traffic. */
const placesOf = (action) => {
  if (action === 'billing_summary') return [{}]
  if (action === 'isp_detail') return [{}, { isp: 'dianxin,yidong' }, { province: 'guangdong' }]
  return action === 'top_url_detail' ? [{}, { isp: 'dianxin' }] : places
}

/** What one action is asked with: interval, group, place and order. */
function variantsOf(action) {
  if (action === 'billing_summary') return [{ ...months }, { ...months, group_by: 'domain' }]
  if (lists.includes(action))
    return [
      { ...day, stat_type: 'flux', limit: 40 },
      { ...day, stat_type: 'req_num', group_by: 'domain' },
    ]
  return [300, 3600].flatMap((interval) => [
    { ...day, interval, coverage_column: interval === 3600 },
    { ...day, interval, group_by: 'domain' },
  ])
}

const everyExport = actions.flatMap((action, a) =>
  variantsOf(action).flatMap((variant, v) =>
    formats.flatMap((format, f) =>
      ['zh', 'en'].map((language, l) => ({
        ...{ action, ...variant, language, format },
        service_area: areas[(a + v) % 3],
        compression: compressions[(v + f + l) % 3],
        ...placesOf(action)[(a + v + f) % placesOf(action).length],
      })),
    ),
  ),
)

/** The operator asks for all of them; the customer, whose figures are a part, for one of each action, format and language. */
export const exportsOf = (account) =>
  account === 'data'
    ? [...everyExport]
    : everyExport.filter(({ group_by, interval }) => group_by === 'domain' && interval !== 3600)

/** An export in words. */
export const namesOf = ({ start_time: _start, end_time: _end, ...asked }) =>
  Object.entries(asked)
    .map(([name, value]) =>
      ['action', 'format', 'language', 'compression'].includes(name) ? value : `${name}=${value}`,
    )
    .join(', ')

/**
 * Makes the accounts and loads the logs, through the API of the build that runs.
 * @returns the directories below `directory` that hold an account's credentials.json
 */
export async function fillAccounts({ build, directory, endpoint }) {
  const api = await openApi(build, join(directory, 'data'), endpoint)
  const good = async (method, path, options) => {
    const { status, json } = await api.call(method, path, options)
    if (status !== 200 && status !== 201) throw new Error(`${method} ${path}: ${status} ${JSON.stringify(json)}`)
    return json
  }
  const { account_id } = await good('POST', '/api/v1/accounts', { body: { name: 'customer' } })
  const key = await good('POST', '/api/v1/access-keys', { body: { role: 'account', account_id } })
  await mkdir(join(directory, 'customer'))
  await writeFile(join(directory, 'customer', 'credentials.json'), JSON.stringify(key))
  for (const domain of customersDomains) await good('PUT', `/api/v1/domains/${domain}`, { body: { account_id } })
  for (const log of logs) {
    const path = join(directory, 'access.log')
    await writeTraffic({ ...log, path, durationSeconds: log.hours * 3600 })
    const bytes = await readFile(path)
    const delivered = {
      ...log,
      bytes,
      key: `log-${log.seed}`,
      source: `edge-${log.seed}`,
      domain: null,
      namesFormat: true,
    }
    const { status, json } = await api.push(delivered, true)
    if (json.state !== 'loaded' || json.requests !== log.lines)
      throw new Error(`a log was not loaded whole: ${status} ${JSON.stringify(json)}`)
  }
  return ['data', 'customer']
}
