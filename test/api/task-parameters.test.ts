import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine())
})
afterAll(() => server.stop())

const create = (body: Json) => sendSigned(server, { method: 'POST', target, body: JSON.stringify(body) })
const top = { action: 'top_url_detail' }

describe('a create', () => {
  const wrong: [string, Json, string | RegExp][] = [
    ['limit', { ...top, limit: 0 }, 'from 1 to 10000'],
    ['limit', { ...top, limit: -1 }, 'from 1 to 10000'],
    ['limit', { ...top, limit: 10_001 }, 'from 1 to 10000'],
    ['limit', { ...top, limit: 1.5 }, 'integer'],
    ['limit', { ...top, limit: 'x' }, 'integer'],
    ['limit', { ...top, limit: '' }, 'integer'],
    ['limit', { ...top, limit: true }, 'integer'],
    ['limit', { ...top, limit: [10] }, 'integer'],
    ['limit', { ...top, limit: 1e300 }, 'integer'],
    ['format', { format: 'pdf' }, 'csv, xlsx, parquet, jsonl'],
    ['format', { format: 'CSV' }, 'csv, xlsx, parquet, jsonl'],
    ['format', { format: ['csv'] }, 'string'],
    ['format', { format: {} }, 'string'],
    ['compression', { compression: 'rar' }, 'none, gzip, zip'],
    ['compression', { compression: 'GZIP' }, 'none, gzip, zip'],
    ['compression', { compression: ['gzip'] }, 'string'],
    ['country', { country: 'xx' }, '"xx" is not one of all, '],
    ['country', { country: 'cn,xx' }, '"xx" is not one of all, '],
    ['country', { country: 'cn,all' }, 'all stands alone'],
    ['country', { country: ' , ' }, 'names none'],
    ['country', { country: '__proto__' }, 'is not one of'],
    ['country', { country: ['cn'] }, 'string'],
    ['country', { action: 'isp_detail', country: 'cn' }, 'isp_detail does not take it'],
    ['country', { ...top, country: 'cn' }, 'top_url_detail does not take it'],
    ['country', { action: 'billing_summary', country: 'cn' }, 'billing_summary'],
    ['province', { province: 'beijing' }, 'country=cn alone'],
    ['province', { country: 'cn,us', province: 'beijing' }, 'country=cn alone'],
    ['province', { country: 'all', province: 'beijing' }, 'country=cn alone'],
    ['province', { country: 'cn', province: 'atlantis' }, '"atlantis" is not one of'],
    ['province', { action: 'billing_summary', province: 'beijing' }, 'billing_summary'],
    ['isp', { isp: 'pigeons' }, '"pigeons" is not one of'],
    ['isp', { isp: 'constructor' }, 'is not one of'],
    ['isp', { isp: ['dianxin'] }, 'string'],
    ['isp', { action: 'billing_summary', isp: 'dianxin' }, 'billing_summary'],
    ['webhook_url', { webhook_url: 'example.com' }, 'http or https'],
    ['webhook_url', { webhook_url: 'javascript:alert(1)' }, 'http or https'],
    ['webhook_url', { webhook_url: `https://example.com/${'a'.repeat(2_000)}` }, '2000 characters'],
    ['webhook_url', { webhook_url: 'https://a:b@example.com/' }, 'user or a password'],
    ['webhook_url', { webhook_url: 'http://127.0.0.1/' }, 'own machine'],
    ['webhook_url', { webhook_url: ['https://example.com/'] }, 'string'],
    ['task_name', { task_name: 'a'.repeat(256) }, '255 characters'],
    ['task_name', { task_name: 'a\nb' }, 'control character'],
    ['task_name', { task_name: 'a\u0000b' }, 'control character'],
    ['task_name', { task_name: ['a'] }, 'string'],
    ['action', { action: 'x' }, 'reports_detail'],
    ['action', { action: ['uv'] }, 'string'],
  ]
  it.each(wrong)('with a wrong %s is refused, by name, with what is allowed: %j', async (parameter, body, allowed) => {
    const message = expectError(await create(body), 400, 'CDN.0001')
    expect(message).toContain(`The parameter ${parameter} is invalid`)
    expect(message).toMatch(allowed instanceof RegExp ? allowed : new RegExp(allowed.replace(/[()[\]]/g, '\\$&')))
  })

  it.each([
    { ...top, limit: 1 },
    { ...top, limit: '10000' },
    { limit: 99_999 }, // only a top list looks at it: the documentation's own example sends one with any action
    { task_name: `日报 ${'😀'.repeat(100)}` },
    { format: 'parquet', compression: 'zip' },
    { country: 'CN, us ,cn', isp: 'dianxin' },
    { country: 'cn', province: 'beijing,shanghai' },
    { webhook_url: 'https://example.com/hook?a=b' },
    { webhook_url: '', task_name: '', format: '', compression: '', country: '', province: '', isp: '' },
  ])('with right ones is made: %j', async (body) => {
    const got = await create(body as Json)
    expect(got.status, got.text).toBe(200)
    if ('task_name' in body && body.task_name) expect(got.json['task_name']).toBe(body.task_name)
  })
})

describe('a list', () => {
  const wrong: [string, string, string][] = [
    ['status', 'status=done', '"done" is not one of waiting'],
    ['status', 'status=success,', '"" is not one of waiting'],
    ['status', 'status=deleted', '"deleted" is not one of waiting'],
    ['status', 'status=SUCCESS', 'is not one of waiting'],
    ['status', 'status=success&status=fail', 'string'],
    ['action', 'action=x', '"x" is not one of reports_detail'],
    ['action', 'action=uv,isp_detail', 'is not one of reports_detail'],
    ['created_from', 'created_from=x', 'integer'],
    ['created_from', 'created_from=', 'integer'],
    ['created_from', 'created_from=-1', '>= 0'],
    ['created_from', 'created_from=1.5', 'integer'],
    ['created_from', 'created_from=2026-09-01', 'integer'],
    ['created_from', 'created_from=99999999999999', '<= '],
    ['created_to', 'created_to=x', 'integer'],
    ['created_to', 'created_to=4102444800001', '<= '],
  ]
  it.each(wrong)('with a wrong %s is refused, by name: %s', async (parameter, query, allowed) => {
    const message = expectError(await sendSigned(server, { target: `${target}?${query}` }), 400, 'CDN.0001')
    expect(message).toContain(`The parameter ${parameter} is invalid`)
    expect(message).toContain(allowed)
  })

  it('is filtered by states, action and time of creation', async () => {
    const before = Date.now() - 60_000
    const { json } = await create({ action: 'uv', task_name: 'to be found' })
    const id = String(json['task_id'])
    const path = `/api/v1/export-tasks/${id}`
    while ((await server.call('GET', path)).json['state'] !== 'success');
    const ids = async (query: string) => {
      const { data } = (await server.call('GET', `${target}?limit=100&${query}`)).json as { data: Json[] }
      return data.map((task) => task['task_id'])
    }
    for (const query of ['status=success', 'status=fail,%20success', 'action=uv', `created_from=${before}`]) {
      expect(await ids(query)).toContain(id)
    }
    const none = ['status=fail,canceled,expired', 'status=waiting', 'action=isp_detail', `created_to=${before}`]
    for (const query of none) expect(await ids(query)).not.toContain(id)
    for (const query of ['status=all', 'status=*', 'status=', 'action=all', 'action=']) {
      expect(await ids(query)).toEqual(await ids(''))
    }
  })
})
