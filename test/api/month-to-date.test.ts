import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { assign, linesOf, newTenant, push, type Tenant, theHour } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const own = 'own.example.test'
const foreign = 'www.example.test'

let server: TestServer
let tenant: Tenant
let batchId: number
beforeAll(async () => {
  server = await startTestServer()
  tenant = await newTenant(server, 'month')
  await assign(server, own, tenant.accountId)
  await push(server, tenant.token, linesOf(own, 12, { bytes: 1_000_000 }))
  const { json } = await server.load(linesOf(foreign, 2, { bytes: 30_000 }), {
    name: 'a.log',
    format: 'huawei_offline',
  })
  batchId = Number(json['batch_id'])
})
afterAll(() => server.stop())

const get = (query: string, key: Key = server.credentials, headers: Record<string, string> = {}) =>
  sendSigned(server, { target: `/api/v1/month?${query}`, key, headers })
const setCommit = (settings: object) => server.call('PUT', `/api/v1/accounts/${tenant.accountId}/settings`, settings)

describe('GET /api/v1/month', () => {
  it('has the distance to the commit of the whole account, and of nothing less', async () => {
    expect((await get('month=2026-09', tenant.key)).json['commit']).toBeNull()
    await setCommit({ commit_traffic_bytes: 13_200_001, commit_bandwidth_bps: 1_000 })
    const { json, text } = await get('month=2026-09', tenant.key)
    expect(json['total'], text).toMatchObject({ flux: 12_000_000, billed_flux: 13_200_000, requests: 12 })
    const share = 0.9999
    expect(json['commit']).toEqual({
      traffic: { committed: 13_200_001, used: 13_200_000, left: 1, share, left_at_end: null },
      // Points of zero up to the last request: 99 of the day's 100 points have nothing.
      bandwidth: { committed: 1_000, used: 0, left: 1_000, share: 0, left_at_end: null },
    })
    expect((await get(`month=2026-09&domain_name=${own}`, tenant.key)).json['commit']).toBeNull()
    expect((await get('month=2026-09&service_area=mainland_china', tenant.key)).json['commit']).toBeNull()
    expect((await get('month=2026-09&account=all')).json['commit']).toBeNull()
    expect((await get(`month=2026-09&account=${tenant.accountId}`)).json['commit']).toEqual(json['commit'])
    await setCommit({ commit_traffic_bytes: 1_200_000 })
    const { json: beyond } = await get('month=2026-09', tenant.key)
    expect(beyond['commit']).toMatchObject({ traffic: { left: -12_000_000, share: 11 }, bandwidth: null })
  })

  it('sets a commit from the command line, shows it, and takes it back', async () => {
    const set = await runCommand(
      server.dataDir,
      'accounts',
      'set',
      tenant.accountId,
      '--commit-traffic-bytes',
      '26400000',
    )
    expect(JSON.parse(set.out), set.err).toMatchObject({ commit_traffic_bytes: 26_400_000 })
    const flags = ['--account', tenant.accountId, '--by-domain']
    const { out, err } = await runCommand(server.dataDir, 'usage', 'month', '2026-09', ...flags)
    expect(out, err).toMatch(/own\.example\.test +12\.0 MB +13\.2 MB +12 /)
    expect(out).toMatch(/commit of billed traffic: 26\.4 MB, of which 13\.2 MB \(50 %\), 13\.2 MB left/)
    expect(out).toContain('no forecast: the month is over')
    const unset = await runCommand(
      server.dataDir,
      'accounts',
      'set',
      tenant.accountId,
      '--unset',
      'commit-traffic-bytes',
    )
    expect(JSON.parse(unset.out), unset.err).toEqual({})
  })

  it('says that nothing has changed until data or commit have', async () => {
    const first = await get('month=2026-09', tenant.key)
    const held = { 'If-None-Match': String(first.headers['etag']) }
    expect((await get('month=2026-09', tenant.key, held)).status).toBe(304)
    await setCommit({ commit_traffic_bytes: 5 })
    expect((await get('month=2026-09', tenant.key, held)).status).toBe(200)
  })

  it('has the states of the month’s buckets, and zero or null by the end of the logs', async () => {
    const { json } = await get('month=2026-09&group_by=domain', tenant.key)
    const states = json['states'] as Json[]
    expect([states[0]?.['start_time'], states.at(-1)?.['end_time']]).toEqual([json['start_time'], json['end_time']])
    expect(Object.values(json['buckets'] as Record<string, number>).reduce((a, b) => a + b)).toBe(30 * 288)
    expect(json['domains']).toMatchObject([{ domain_name: own, requests: 12 }])
    const { json: before } = await get('month=2026-08&service_area=outside_mainland_china', tenant.key)
    expect(before['total']).toMatchObject({ flux: 0, requests: 0, bandwidth_percentile: null, valid_days: 0 })
    const { json: after } = await get('month=2026-10', tenant.key)
    expect(after).toMatchObject({ logged_until: null, total: { flux: null, requests: null, points: 0 }, above: [] })
  })

  it('has the month of every account in one answer, each as if it were asked alone', async () => {
    const other = await newTenant(server, 'another month')
    await assign(server, 'other.example.test', other.accountId)
    await push(
      server,
      other.token,
      linesOf('other.example.test', 3, { bytes: 5_000_000, time: '12/Sep/2026:11:00:00 +0800' }),
    )
    await server.call('PUT', `/api/v1/accounts/${other.accountId}/settings`, { commit_bandwidth_bps: 2_000 })
    const { json, text } = await get('month=2026-09&account=all&group_by=account')
    const accounts = json['accounts'] as Json[]
    expect(
      accounts.map((one) => one['account_name']),
      text,
    ).toEqual(['another month', 'default', 'month'])
    for (const { account_id: id, account_name: _name, logged_until, buckets, commit, ...figures } of accounts) {
      const { json: alone } = await get(`month=2026-09&account=${id}`)
      expect({ logged_until, buckets, commit, ...figures }).toEqual({
        ...{ logged_until: alone['logged_until'], buckets: alone['buckets'], commit: alone['commit'] },
        ...(alone['total'] as Json),
      })
    }
    // The logs of the accounts end at different times, and so do their months.
    expect(new Set(accounts.map((one) => one['points'])).size).toBe(3)
    const sum = accounts.reduce((total, one) => total + Number(one['flux']), 0)
    expect(json).toMatchObject({ total: { flux: sum }, commit: null, domains: [] })
    expect((await get(`month=2026-09&account=all&group_by=account&domain_name=${own}`)).json['accounts']).toMatchObject(
      [{ account_id: tenant.accountId, flux: 12_000_000, commit: null }],
    )
    const { out, err } = await runCommand(server.dataDir, 'usage', 'month', '2026-09', '--by-account')
    expect(out, err).toMatch(/another month +15\.0 MB/)
    expectError(await get('month=2026-09&group_by=account', tenant.key), 400, 'CDN.0001')
    expectError(await get('month=2026-09&account=all&group_by=account', tenant.key), 403, 'CDN.0004')
  })

  it('is CSV for who accepts that alone: a row, or one for each domain or account', async () => {
    const asCsv = async (query: string) => {
      const { text, headers } = await get(query, server.credentials, { Accept: 'text/csv' })
      expect(headers['content-type']).toBe('text/csv; charset=utf-8')
      return text.split('\r\n').map((line) => line.split(','))
    }
    const all = 'month=2026-09&account=all'
    const [titles = [], row = [], ...none] = await asCsv(all)
    expect(none).toEqual([['']])
    const { json } = await get(all)
    const of = (cells: string[], title: string) => cells[titles.indexOf(`"${title}"`)]
    expect(row).toHaveLength(titles.length)
    expect(of(row, 'flux')).toBe(String((json['total'] as Json)['flux']))
    expect(of(row, 'peak_time')).toBe('"2026-09-12T11:00:00+08:00"')
    expect(of(row, 'forecast_missing')).toBe('"the month is over"')
    const named = async (group: string, title: string) => {
      const [head = [], ...rows] = await asCsv(`${all}&group_by=${group}`)
      const cells = rows.slice(0, -1).map((one) => [one[head.indexOf(`"${title}"`)], one[head.indexOf('"flux"')]])
      return cells.map(([name, flux]) => [name?.slice(1, -1), Number(flux)])
    }
    const figures = (await get(`${all}&group_by=domain`)).json['domains'] as Json[]
    expect(await named('domain', 'domain')).toEqual(figures.map((one) => [one['domain_name'], one['flux']]))
    const { json: accounts } = await get(`${all}&group_by=account`)
    expect(await named('account', 'account_name')).toEqual(
      (accounts['accounts'] as Json[]).map((one) => [one['account_name'], one['flux']]),
    )
  })

  it('answers for an old data version, also when its logs are removed', async () => {
    const body = { ...theHour, service_area: 'global', interval: 300, language: 'en' }
    const [id = ''] = await createAll(server, [body])
    const version = Number((await exportedBy(server, id)).task['data_version'])
    const then = (await get('month=2026-09')).json['total']
    await server.call('DELETE', `/api/v1/log-batches/${batchId}`)
    const { json, text } = await get(`month=2026-09&data_version=${version}`)
    expect(json, text).toMatchObject({ data_version: version, total: then, states: null })
    expect((await get('month=2026-09')).json['total']).toMatchObject({ flux: null })
  })

  it('answers alike for foreign and unknown domains', async () => {
    const [one, other] = [await get(`domain_name=${foreign}`, tenant.key), await get('domain_name=x.test', tenant.key)]
    expect(expectError(one, 404, 'CDN.0105')).toBe(expectError(other, 404, 'CDN.0105').replace('x.test', foreign))
    expectError(await get('account=all', tenant.key), 403, 'CDN.0004')
  })

  it.each([
    'month=2026-09&group_by=account',
    'month=2026-13',
    'month=2099-12',
    'month=1970-01',
    'group_by=status',
    'time_zone=Mars',
  ])('refuses %s and names the parameter', async (query) =>
    expect(expectError(await get(query), 400, 'CDN.0001')).toContain(query.split(/[&=]/).at(-2)),
  )
})
