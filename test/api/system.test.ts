import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig, serverOptions } from '../../src/config/config.ts'
import { newAccount, newKey } from '../harness/requests.ts'
import { type Answer, startTestServer, type TestServer } from '../harness/server.ts'

const metricsToken = 'a-token-of-metrics-0123456789'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ metricsToken, tasksWaitingMax: '77' })
})
afterAll(() => server.stop())

type Setting = { name: string; value: string | null; source: string; is_hidden: boolean }
type System = {
  version: string
  limits: Record<string, number | null>
  server: {
    commit: string
    start_time: number
    parts: Record<string, { kind?: string; state: string }>
    disk: { total_bytes: number; free_bytes: number; reserve_bytes: number }
    spool: { bytes: number; files: number; bytes_max: number }
    batches: Record<string, number | null>
    configuration: Setting[]
  }
}
const look = async (key?: Parameters<TestServer['call']>[3]): Promise<{ answer: Answer; system: System }> => {
  const answer = await server.call('GET', '/api/v1/system', undefined, key)
  return { answer, system: answer.json as unknown as System }
}
const settings = (environment: Record<string, string>, flags: Record<string, string> = {}) =>
  new Map(parseConfig(flags, environment).inForce.map((one) => [one.flag, one]))

describe('how the server is', () => {
  it('shows operators each part with its kind and state, the disk, the spool and the waiting batches', async () => {
    const { system } = await look()
    expect(system.server.parts).toMatchObject({
      database: { kind: 'sqlite', state: 'ok' },
      warehouse: { kind: 'embedded', state: 'ok' },
      artifacts: { kind: 'directory', state: 'ok' },
      loading: { state: 'ok' },
    })
    expect(system.server.disk.total_bytes).toBeGreaterThan(system.server.disk.free_bytes)
    expect(system.server.spool).toEqual({ bytes: 0, files: 0, bytes_max: 10_737_418_240 })
    expect(system.server.batches).toEqual({ waiting: 0, loading: 0, quarantined: 0 })
    expect(Math.abs(Date.now() - system.server.start_time)).toBeLessThan(600_000)
  })

  it('shows every setting with its source, and no secret', async () => {
    const { answer, system } = await look()
    const { configuration } = system.server
    expect(configuration.map(({ name }) => name)).toEqual(serverOptions.map(({ flag }) => flag))
    const named = (name: string) => configuration.find((one) => one.name === name)
    expect(named('tasks-waiting-max')).toMatchObject({ value: '77', source: 'flag', is_hidden: false })
    expect(named('time-zone')).toMatchObject({ value: 'Asia/Shanghai', source: 'default' })
    expect(named('metrics-token')).toMatchObject({ value: null, source: 'flag', is_hidden: true })
    expect(answer.text).not.toContain(metricsToken)
    expect(answer.text).not.toContain(server.credentials.secret_key)
  })

  it('says that finished files cannot be kept when their directory is gone', async () => {
    const directory = join(server.dataDir, 'artifacts')
    await rm(directory, { recursive: true })
    await expect
      .poll(async () => (await look()).system.server.parts['artifacts']?.state)
      .toBe('cannot be read and written')
    await mkdir(directory, { mode: 0o700 })
  })
})

describe('an account’s key', () => {
  it('sees the version and its own limits, and nothing of the server or of other accounts', async () => {
    const account = await newAccount(server, 'customer')
    const limits = { tasks_waiting_max: 5, commit_traffic_bytes: 1_000 }
    await server.call('PUT', `/api/v1/accounts/${account.account_id}/settings`, limits)
    const { answer, system } = await look(account)
    expect(answer.status).toBe(200)
    expect(Object.keys(system).sort()).toEqual(['limits', 'version'])
    expect(system.limits).toMatchObject({ ...limits, tasks_running_max: 64, commit_bandwidth_bps: null })
  })

  it('is refused when it can only deliver logs', async () => {
    const { answer } = await look(await newKey(server, { role: 'ingest' }))
    expect(answer.status).toBe(403)
  })
})

describe('settings in force', () => {
  it('name the flag before the variable, and the default last', () => {
    const known = settings({ FLUXPORT_PORT: '1', FLUXPORT_HOST: '::1' }, { port: '2' })
    expect(known.get('port')).toMatchObject({ value: '2', source: 'flag' })
    expect(known.get('host')).toMatchObject({ value: '::1', source: 'environment' })
    expect(known.get('log-level')).toMatchObject({ value: 'info', source: 'default' })
  })

  it('hold no key, token, password or address that may have one', () => {
    const known = settings({
      FLUXPORT_MASTER_KEY: 'hush-master',
      FLUXPORT_METRICS_TOKEN: 'hush-token-of-metrics',
      FLUXPORT_DATABASE_URL: 'postgres://flux:hush@db/flux?password=hush',
      FLUXPORT_CLICKHOUSE_URL: 'http://db:8123/?password=hush',
      FLUXPORT_PUBLIC_URL: 'https://flux:hush@stats.example',
    })
    const hidden = [...known.values()].filter(({ isHidden }) => isHidden).map(({ flag }) => flag)
    expect(hidden).toEqual(['public-url', 'clickhouse-url', 'database-url', 'master-key', 'metrics-token'])
    expect(JSON.stringify([...known.values()])).not.toContain('hush')
  })
})
