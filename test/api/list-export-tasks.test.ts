import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const path = '/v1/cdn/statistics/export-tasks'
const taskCount = 23

let server: TestServer
let other: Key
/** Every task, in the order of creation, which is that of modification: each has ended before the next begins. */
const tasks: { id: string; name: string }[] = []

beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine())
  other = await newAccount(server, 'another')
  for (let n = 0; n < taskCount; n++) await createAndWait()
})
afterAll(() => server.stop())

async function createAndWait() {
  const { json } = await server.call('POST', path, { language: 'en' })
  const id = String(json['task_id'])
  tasks.push({ id, name: String(json['task_name']) })
  for (let state: unknown; state !== 'success'; ) {
    state = (await server.call('GET', `/api/v1/export-tasks/${id}`)).json['state']
    expect(state).not.toBe('fail')
  }
}

const list = (query: string, key?: Key): Promise<Got> =>
  sendSigned(server, { target: path + query, ...(key ? { key } : {}) })

async function listed(query: string, key?: Key): Promise<{ total: number; data: Json[]; ids: string[] }> {
  const { status, text, json } = await list(query, key)
  expect(status, text).toBe(200)
  const data = json['data'] as Json[]
  return { total: Number(json['total']), data, ids: data.map((task) => String(task['task_id'])) }
}

const newest = (from: number, to: number) =>
  tasks
    .map((task) => task.id)
    .reverse()
    .slice(from, to)

describe('the page of a list', () => {
  const pages: [string, number, number][] = [
    ['', 0, 10],
    ['?', 0, 10],
    ['?limit=0', 0, 10],
    ['?limit=1', 0, 1],
    ['?limit=10', 0, 10],
    ['?limit=100', 0, taskCount],
    ['?offset=0', 0, 10],
    ['?offset=3', 3, 13],
    ['?limit=5&offset=20', 20, taskCount],
    [`?offset=${taskCount}`, 0, 0],
    ['?offset=1000000000', 0, 0],
    ['?limit=2&offset=1&bogus=1&Limit=7', 1, 3],
  ]
  it.each(pages)('%s has the tasks from %i to %i, newest modification first, and the total of all', async (...page) => {
    const [query, from, to] = page
    const { total, ids } = await listed(query)
    expect(ids).toEqual(newest(from, to))
    expect(total).toBe(taskCount)
  })

  it('follows on the page before without a gap or a repetition', async () => {
    const seen: string[] = []
    for (let offset = 0; offset < taskCount; offset += 4) {
      seen.push(...(await listed(`?limit=4&offset=${offset}`)).ids)
    }
    expect(seen).toEqual(newest(0, taskCount))
  })
})

describe('a list with a wrong parameter', () => {
  const wrong: [string, string, string][] = [
    ['?limit=101', 'limit', '<= 100'],
    ['?limit=-1', 'limit', '>= 0'],
    ['?limit=x', 'limit', 'integer'],
    ['?limit=1.5', 'limit', 'integer'],
    ['?limit=', 'limit', 'integer'],
    ['?limit=10;offset=3', 'limit', 'integer'],
    ['?limit=99999999999999999999', 'limit', '<= 100'],
    ['?limit=NaN', 'limit', 'integer'],
    ['?limit=true', 'limit', 'integer'],
    ['?limit=5&limit=6', 'limit', 'integer'],
    ['?limit=5&limit=5', 'limit', 'integer'],
    ['?offset=-1', 'offset', '>= 0'],
    ['?offset=x', 'offset', 'integer'],
    ['?offset=0.5', 'offset', 'integer'],
    ['?offset=1e99', 'offset', '<='],
    ['?offset=1&offset=2', 'offset', 'integer'],
    ['?task_id=a&task_id=b', 'task_id', 'string'],
    ['?task_name=a&task_name=b', 'task_name', 'string'],
    ['?task_id=%00', 'task_id', 'character'],
    ['?task_name=a%00b', 'task_name', 'character'],
    [`?task_id=${'a'.repeat(1_001)}`, 'task_id', '1000 characters'],
  ]
  it.each(wrong)('is refused: %s', async (query, parameter, allowed) => {
    const message = expectError(await list(query), 400, 'CDN.0001')
    expect(message).toContain(`The parameter ${parameter} is invalid`)
    expect(message).toContain(allowed)
  })
})

describe('the filters of a list', () => {
  it.each([
    '?limit=10&task_id&task_name',
    '?task_id=&task_name=',
    '?task_id=all&task_name=all',
    '?task_id=*&task_name=*',
    '?task_id=%2A&task_name=all',
    '?task_id=all&task_name',
  ])('%s is no filter', async (query) => {
    const { total, ids } = await listed(query)
    expect(ids).toEqual(newest(0, 10))
    expect(total).toBe(taskCount)
  })

  it('finds one task by its id, by its name, and by both', async () => {
    const { id, name } = tasks[7] ?? { id: '', name: '' }
    for (const query of [`?task_id=${id}`, `?task_name=${name}`, `?task_id=${id}&task_name=${name}`]) {
      expect(await listed(query)).toMatchObject({ total: 1, ids: [id] })
    }
    expect(await listed(`?task_id=${id}&task_name=all`)).toMatchObject({ total: 1, ids: [id] })
    expect(await listed(`?task_id=&task_name=${name}`)).toMatchObject({ total: 1, ids: [id] })
  })

  it('needs both to match when both are given', async () => {
    const query = `?task_id=${tasks[7]?.id}&task_name=${tasks[8]?.name}`
    expect(await listed(query)).toEqual({ total: 0, data: [], ids: [] })
  })

  it('finds the very name, not a part of it, and no pattern', async () => {
    for (const name of ['reports_detail', '%25', 'reports*', '_', "'%20or%20''='", '%E5%85%A8']) {
      expect(await listed(`?task_name=${name}`)).toEqual({ total: 0, data: [], ids: [] })
    }
  })

  it('finds nothing under an id that there is not', async () => {
    expect(await listed(`?task_id=${'0'.repeat(32)}`)).toEqual({ total: 0, data: [], ids: [] })
    expect(await listed(`?task_id=${tasks[0]?.id.toUpperCase()}`)).toEqual({ total: 0, data: [], ids: [] })
  })

  it('counts what matches before paging', async () => {
    const { id } = tasks[3] ?? { id: '' }
    expect(await listed(`?task_id=${id}&offset=1`)).toEqual({ total: 1, data: [], ids: [] })
  })
})

describe('a listed task', () => {
  it('has the contract’s fields in the contract’s types', async () => {
    const { data } = await listed('?limit=1')
    expect(data[0]).toEqual({
      asked: expect.objectContaining({ action: 'reports_detail', first_domain: null, domains: null, format: 'csv' }),
      task_id: expect.stringMatching(/^[0-9a-f]{32}$/),
      task_name: expect.stringMatching(/\D/),
      status: 'success',
      download_link: expect.stringMatching(new RegExp(`^${server.endpoint}/downloads/`)),
      create_time: expect.any(Number),
      update_time: expect.any(Number),
      state: 'success',
    })
    const { create_time: createdMs, update_time: updatedMs } = data[0] ?? {}
    expect(Number(updatedMs)).toBeGreaterThanOrEqual(Number(createdMs))
    expect(Math.abs(Date.now() - Number(updatedMs))).toBeLessThan(60_000)
  })

  it('has a link on success alone', async () => {
    const id = tasks[0]?.id ?? ''
    const database = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'))
    const setState = database.prepare(
      'update export_task set state = ?, run_at_ms = ?, lease_until_ms = ?, lease_owner = ? where id = ?',
    )
    try {
      for (const state of ['waiting', 'processing', 'fail']) {
        const later = Date.now() + 3_600_000
        setState.run(state, later, later, 'nobody', id)
        const { data } = await listed(`?task_id=${id}`)
        expect(data[0]).toMatchObject({ status: state, download_link: null })
      }
      setState.run('success', 0, null, null, id)
      expect((await listed(`?task_id=${id}`)).data[0]).toMatchObject({ download_link: expect.stringContaining(id) })
    } finally {
      database.close()
    }
  })
})

describe('another account', () => {
  it('sees no task, by any filter, and can show none', async () => {
    const { id, name } = tasks[5] ?? { id: '', name: '' }
    for (const query of ['', '?limit=100', `?task_id=${id}`, `?task_name=${name}`, '?task_id=*']) {
      expect(await listed(query, other)).toEqual({ total: 0, data: [], ids: [] })
    }
    const foreign = await sendSigned(server, { target: `/api/v1/export-tasks/${id}`, key: other })
    const unknown = await sendSigned(server, { target: `/api/v1/export-tasks/${'0'.repeat(32)}`, key: other })
    expect(expectError(foreign, 404, 'CDN.0003')).toBe(expectError(unknown, 404, 'CDN.0003'))
  })

  it('sees its own alone, with its own total', async () => {
    const { json } = await server.call('POST', path, {}, other)
    expect(await listed('', other)).toMatchObject({ total: 1, ids: [json['task_id']] })
    expect((await listed('')).total).toBe(taskCount)
  })
})

it('keeps totals that are those of counting', async () => {
  const database = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'), { readonly: true })
  try {
    const counted = database.prepare('select account_id, count(*) as tasks from export_task group by account_id').all()
    const kept = database.prepare('select account_id, tasks from export_task_count').all()
    expect(new Set(kept.map((row) => JSON.stringify(row)))).toEqual(new Set(counted.map((row) => JSON.stringify(row))))
  } finally {
    database.close()
  }
})
