import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { registerDomains, startSlowTask } from '../harness/slow-task.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ exportConcurrency: '1' })
  await server.load(huaweiLine())
  await registerDomains(server, server.credentials.account_id, 60)
})
afterAll(() => server.stop())

const run = (...args: string[]) => runCommand(server.dataDir, ...args)
const stateOf = async (id: string) => (await server.call('GET', `/api/v1/export-tasks/${id}`)).json['state']

describe('fluxport tasks', () => {
  it('cancels, makes again and deletes a task, and says what it is then', async () => {
    const id = await startSlowTask(server)
    expect(await run('tasks', 'cancel', id)).toEqual({ code: 0, out: `task ${id}: canceled\n`, err: '' })
    const listed = await run('tasks', 'list', '--status', 'canceled', '--action', 'reports_detail')
    expect([listed.code, listed.out]).toEqual([0, expect.stringContaining(id)])
    expect((await run('tasks', '--status', 'fail')).out).not.toContain(id)
    expect(await run('tasks', 'retry', id)).toEqual({ code: 0, out: `task ${id}: waiting\n`, err: '' })
    expect(['waiting', 'processing']).toContain(await stateOf(id))
    expect(await run('tasks', 'delete', id)).toEqual({ code: 0, out: `task ${id} is deleted\n`, err: '' })
    expect(await stateOf(id)).toBeUndefined()
  })

  it.each([
    ['cancel', 'FLUXPORT.0204: .*its state is success'],
    ['retry', 'FLUXPORT.0204: .*its state is success'],
  ])('says why a finished task takes no %s', async (what, message) => {
    const created = await server.call('POST', '/v1/cdn/statistics/export-tasks', {})
    const id = String(created.json['task_id'])
    while ((await stateOf(id)) !== 'success');
    const ran = await run('tasks', what, id)
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(message)])
    expect((await run('tasks', 'show', id)).out).toContain('"state": "success"')
  })

  it.each(['cancel', 'retry', 'delete', 'show'])('says that there is no such task to %s', async (what) => {
    const ran = await run('tasks', what, 'nothing/../at all')
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/CDN\.0003: There is no such export task/)])
  })

  it('says which status or action there is not', async () => {
    expect((await run('tasks', '--status', 'done')).err).toMatch(/CDN\.0001: The parameter status is invalid/)
    expect((await run('tasks', '--action', 'x')).err).toMatch(/CDN\.0001: The parameter action is invalid/)
  })
})

describe('fluxport tasks list', () => {
  const line = async (...args: string[]) => {
    const [head, first] = (await run('tasks', 'list', '--limit', '1', ...args)).out.split('\n')
    return { head, first }
  }
  const create = (body: Json) => server.call('POST', '/v1/cdn/statistics/export-tasks', body)

  it('says of each task of what it is, and of its times in which zone they are', async () => {
    await create({ start_date: '2026-09-01', end_date: '2026-10-01', task_name: 'a', format: 'xlsx' })
    const { head, first } = await line()
    expect(head).toMatch(/domains +range +format +area +created \(Asia\/Shanghai\) +modified \(Asia\/Shanghai\)$/)
    expect(first).toMatch(/ a +all +2026-09-01 – 2026-09-30 +xlsx +mainland_china +\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/)
  })

  it('names the first of a task’s domains, and a range of hours by its clocks', async () => {
    const names = 'slow-0.example.test,slow-1.example.test,slow-2.example.test'
    const range = { start_time: Date.parse('2026-09-01T00:00:00Z'), end_time: Date.parse('2026-09-01T01:00:00Z') }
    await create({ ...range, domain_name: names, time_zone: 'Europe/Berlin', service_area: 'global' })
    const { head, first } = await line('--time-zone', 'Europe/Berlin')
    expect(head).toContain('created (Europe/Berlin)')
    expect(first).toMatch(/ slow-0\.example\.test \+2 +2026-09-01 02:00 – 2026-09-01 03:00 +csv +global /)
    expect((await run('tasks', 'list', '--time-zone', 'Berlin')).err).toMatch(/--time-zone: Berlin is not a zone/)
  })
})

describe('fluxport accounts set', () => {
  it('sets what is named of an account’s limits and defaults, shows them, and gives back to the server’s', async () => {
    const id = (await run('accounts', 'create', 'customer')).out.trim()
    const limits = [
      '--tasks-waiting-max',
      '5',
      '--tasks-running-max',
      '2',
      '--stored-bytes-max',
      '1000',
      '--rows-max',
      '7',
    ]
    const defaults = ['--default-format', 'xlsx', '--default-compression', 'none']
    const ran = await run('accounts', 'set', id, ...limits, ...defaults)
    expect(JSON.parse(ran.out)).toEqual({
      ...{ tasks_waiting_max: 5, tasks_running_max: 2, stored_bytes_max: 1000, rows_max: 7 },
      ...{ default_format: 'xlsx', default_compression: 'none' },
    } satisfies Json)
    const back = ['--rows-max', '8', '--default-format', 'server', '--stored-bytes-max', 'server']
    const own = { tasks_waiting_max: 5, tasks_running_max: 2, rows_max: 8, default_compression: 'none' }
    expect(JSON.parse((await run('accounts', 'set', id, ...back)).out)).toEqual(own)
    const unset = { tasks_waiting_max: 5, rows_max: 8, default_compression: 'none' }
    const without = await run('accounts', 'set', id, '--unset', 'tasks-running-max')
    expect(JSON.parse(without.out)).toEqual(unset)
    expect(JSON.parse((await run('accounts', 'show', id)).out)).toMatchObject({ name: 'customer', settings: unset })
    await run('accounts', 'set', id, '--tasks-running-max', '2')
    const { json } = await server.call('GET', '/api/v1/accounts')
    const settings = (json['accounts'] as Json[]).map((account) => [account['name'], account['settings']])
    expect(Object.fromEntries(settings)).toEqual({ customer: own, default: {} })
    expect((await run('accounts')).out).toContain(
      'tasks_waiting_max 5, tasks_running_max 2, rows_max 8, default_compression none',
    )
    const peoples = ['--default-language', 'zh', '--default-time-zone', 'europe/berlin', '--unset', 'rows-max']
    expect(JSON.parse((await run('accounts', 'set', id, ...peoples)).out)).toEqual({
      ...{ tasks_waiting_max: 5, tasks_running_max: 2, default_compression: 'none' },
      ...{ default_language: 'zh', default_time_zone: 'Europe/Berlin' },
    })
    const whole = await server.call('PUT', `/api/v1/accounts/${id}/settings`, { rows_max: 9 })
    expect(whole.json).toEqual({ rows_max: 9 })
  })

  it.each([
    [['nobody'], /say what to set/],
    [['nobody', '--rows-max', '1'], /CDN\.0003: There is no such account/],
    [['x', '--unset', 'rows'], /--unset rows: it is not one of tasks-waiting-max, .*rows-max/],
    [['x', '--unset', 'rows-max', '--rows-max', '1'], /say one of them/],
    [['x', '--rows-max', '0'], /CDN\.0001: The parameter rows_max is invalid/],
    [['x', '--rows-max', 'many'], /CDN\.0001: The parameter rows_max is invalid/],
    [['x', '--default-format', 'pdf'], /CDN\.0001: The parameter default_format is invalid.*csv.*parquet/],
    [['x', '--default-service-area', 'moon'], /default_service_area is invalid.*outside_mainland_china/],
    [['x', '--default-language', 'de'], /default_language is invalid.*zh/],
    [['x', '--default-time-zone', 'Berlin'], /default_time_zone is invalid.*Europe\/Berlin/],
    [['x', '--default-csv-delimiter', '|'], /default_csv_delimiter is invalid.*tab/],
    [['x', '--default-csv-decimal', ';'], /default_csv_decimal is invalid/],
    [['x', '--default-csv-bom', 'yes'], /default_csv_bom is invalid/],
    [[], /missing required argument/],
  ])('says what is wrong: %j', async (args, message) => {
    const ran = await run('accounts', 'set', ...args)
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(message)])
  })
})

describe('fluxport domains', () => {
  it('assigns an unknown name with --new alone, and removes a name without traffic at its release', async () => {
    const id = (await run('accounts', 'create', 'shop')).out.trim()
    const mistyped = 'wwww.example.test'
    const refused = await run('domains', 'assign', mistyped, id)
    expect([refused.code, refused.err]).toEqual([1, expect.stringMatching(/CDN\.0105: .*spelling; --new/s)])
    expect((await run('domains')).out).not.toContain(mistyped)
    expect(await run('domains', 'assign', mistyped, id, '--new')).toMatchObject({ code: 0, err: '' })
    expect((await run('domains')).out).toContain(mistyped)
    const removed = { code: 0, out: `${mistyped} is removed: it had no traffic\n`, err: '' }
    expect(await run('domains', 'release', mistyped)).toEqual(removed)
    expect((await run('domains')).out).not.toContain(mistyped)
    const known = 'www.example.test'
    expect(await run('domains', 'assign', known, id)).toMatchObject({ code: 0, err: '' })
    const kept = { code: 0, out: `${known} belongs to the first account\n`, err: '' }
    expect(await run('domains', 'release', known)).toEqual(kept)
    expect((await run('domains')).out).toContain(known)
  })
})

describe('what is listed', () => {
  it.each([
    ['batches', ['batches', 'list']],
    ['batch_id', ['batches', 'show', '1']],
    ['relocations', ['batches', 'relocations']],
    ['data', ['tasks', 'list']],
    ['domains', ['domains', 'list']],
    ['accounts', ['accounts', 'list']],
    ['access_keys', ['keys', 'list']],
    ['sources', ['sources']],
    ['cadences', ['coverage', 'cadence', 'list']],
    ['tables', ['retention']],
  ])('is had as the API answers it, with --json: %s', async (member, command) => {
    const ran = await run(...command, '--json')
    expect([ran.code, JSON.parse(ran.out)], ran.err).toEqual([
      0,
      expect.objectContaining({ [member]: expect.anything() }),
    ])
  })

  it('of domains has the name of their account', async () => {
    expect((await run('domains')).out).toMatch(/slow-0\.example\.test +[0-9a-f-]+ +default +/)
  })

  it('of keys has their account’s name, domains, and the key before; an end is a date, too', async () => {
    const domains = ['--domains', 'a.test,b.test', '--source', 'edge', '--expires', '2099-01-02T03:04:05Z']
    const made = await run('keys', 'create', '--role', 'ingest', ...domains)
    expect(made.err).toBe('The secret is shown this once.\nIt expires at 2099-01-02 03:04:05 UTC.\n')
    const old = (JSON.parse(made.out) as Json)['access_key']
    const rotated = await run('keys', 'rotate', String(old))
    expect(rotated.err).toMatch(/The key before is good until \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\./)
    const listed = (await run('keys')).out.split('\n')
    expect(listed[0]).toMatch(/account name +source +domains +.*replaces/)
    const row = listed.find((line) => line.startsWith(String((JSON.parse(rotated.out) as Json)['access_key'])))
    expect(row).toMatch(/ default +edge +a\.test, b\.test +active /)
    expect(row).toContain(` ${old}`)
  })

  it('of batches has their account and source', async () => {
    const [head, first] = (await run('batches')).out.split('\n')
    expect(head).toMatch(/^batch +account +source +state +name/)
    expect(first).toMatch(/^ *1 +default +default +loaded/)
    expect((await run('batches', 'show', '1')).out).toContain(`account_id        ${server.credentials.account_id}`)
  })
})
