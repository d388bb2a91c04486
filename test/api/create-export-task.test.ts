import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
const start = Date.parse('2026-01-05T08:00:00+08:00')

let server: TestServer
let foreigner: Key
beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine() + huaweiLine({ domain: 'img.example.test' }))
  const account = await newAccount(server, 'someone else')
  foreigner = account
  await server.call('PUT', '/api/v1/domains/theirs.example.test', { account_id: account.account_id })
})
afterAll(() => server.stop())

/** A create with these bytes for its body; none for undefined. */
const create = (body: string | undefined, key?: Key): Promise<Got> =>
  sendSigned(server, { method: 'POST', target, ...(body === undefined ? {} : { body }), ...(key ? { key } : {}) })

const createJson = (body: unknown, key?: Key) => create(JSON.stringify(body), key)

/** What a create was understood as. */
async function effectiveOf(got: Got): Promise<Json> {
  expect(got.status, got.text).toBe(200)
  const { json } = await server.call('GET', `/api/v1/export-tasks/${got.json['task_id']}`)
  return { action: json['action'], ...(json['effective'] as Json) }
}

describe('a create that asks for nothing in particular', () => {
  const bodies: [string, string | undefined][] = [
    ['no body', undefined],
    ['an empty body', ''],
    ['{}', '{}'],
    ['null', 'null'],
    ['white space', ' \n'],
    ['null in every field', '{"action":null,"domain_name":null,"start_time":null,"end_time":null,"interval":null}'],
    ['empty strings', '{"action":"","domain_name":"","group_by":"","service_area":"","stat_type":"","country":""}'],
    ['the mistaken example of the documentation', '{"task_id":"x","task_name":"y","limit":10,"offset":0}'],
    ['fields that nobody knows', '{"bogus":1,"__proto__":{"a":1},"constructor":"x","nested":{"deep":[1,2]}}'],
  ]
  it.each(bodies)('succeeds with the defaults: %s', async (_name, body) => {
    const got = await create(body)
    const hour = Math.floor(Date.now() / hourMs) * hourMs
    expect(await effectiveOf(got)).toEqual({
      action: 'reports_detail',
      start_time: hour - dayMs,
      end_time: hour,
      interval: 300,
      time_zone: 'Asia/Shanghai',
      domains: null,
      group_by: null,
      service_area: 'mainland_china',
      stat_type: 'flux',
      language: 'zh',
      format: 'csv',
      compression: 'none',
      country: null,
      province: null,
      isp: null,
      limit: null,
      coverage_column: false,
      require_final: false,
    })
  })

  it('answers the id and the name of the task, both strings, and a request id', async () => {
    const got = await create('{}')
    expect(got.json).toEqual({ task_id: expect.stringMatching(/^[0-9a-f]{32}$/), task_name: expect.any(String) })
    expect(got.headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/)
    expect(got.headers['content-type']).toMatch(/^application\/json/)
  })
})

describe('a create whose fields are understood', () => {
  const range = { start_time: start, end_time: start + hourMs }
  const understood: [string, Json, Json][] = [
    ['integers as strings', { start_time: `${start}`, end_time: `${start + hourMs}`, interval: '3600' }, range],
    ['times inside a bucket widened', { start_time: start + 1, end_time: start + hourMs - 1 }, range],
    [
      'times inside an hour widened',
      { start_time: start + 10 * minuteMs, end_time: start + 11 * minuteMs, interval: 3600 },
      range,
    ],
    [
      'one millisecond over a bucket widened by a whole one',
      { start_time: start, end_time: start + hourMs + 1 },
      { start_time: start, end_time: start + hourMs + 5 * minuteMs },
    ],
    ['exactly 90 days in 5 minutes', { start_time: start, end_time: start + 90 * dayMs }, { interval: 300 }],
    ['exactly 90 days, asked for', { start_time: start, end_time: start + 90 * dayMs, interval: 300 }, {}],
    ['over 90 days by the hour', { start_time: start, end_time: start + 90 * dayMs + 1 }, { interval: 3600 }],
    ['years by the hour', { start_time: 0, end_time: start, interval: 3600 }, { start_time: 0, end_time: start }],
    ['all', { domain_name: 'all' }, { domains: null }],
    ['ALL', { domain_name: ' ALL ' }, { domains: null }],
    [
      'names in any case, with blanks, twice',
      { domain_name: 'WWW.Example.test, img.example.test,www.example.test,' },
      { domains: ['img.example.test', 'www.example.test'] },
    ],
    ['group_by domain', { group_by: 'domain' }, { group_by: 'domain' }],
    ['top_url_detail', { action: 'top_url_detail', stat_type: 'req_num' }, { stat_type: 'req_num' }],
    ['the world in English', { service_area: 'global', language: 'en' }, { service_area: 'global', language: 'en' }],
    ['formats that there are', { format: 'csv', compression: 'none' }, { format: 'csv' }],
  ]
  it.each(understood)('%s', async (_name, body, effective) => {
    expect(await effectiveOf(await createJson(body))).toMatchObject(effective)
  })

  it('clips what lies in the future to the bucket that is now', async () => {
    const now = Date.now()
    const effective = await effectiveOf(await createJson({ start_time: now - hourMs, end_time: now + 10 * dayMs }))
    expect(Number(effective['end_time'])).toBeGreaterThanOrEqual(now)
    expect(Number(effective['end_time'])).toBeLessThanOrEqual(Date.now() + 5 * minuteMs)
  })
})

describe('a create with a wrong parameter', () => {
  const times = { start_time: start, end_time: start + dayMs }
  const areas = ['mainland_china', 'outside_mainland_china', 'global']
  /** Name, body, code, and what the message says: the parameter first, then what is allowed. */
  const wrong: [string, Json, string, string[]][] = [
    ['start alone', { start_time: start }, 'CDN.0001', ['end_time', 'must be given']],
    ['end alone', { end_time: start }, 'CDN.0001', ['start_time', 'must be given']],
    ['start alone beside a null end', { start_time: start, end_time: null }, 'CDN.0001', ['end_time']],
    ['start at end', { start_time: start, end_time: start }, 'CDN.0001', ['start_time', 'before end_time']],
    ['start after end', { start_time: start + 1, end_time: start }, 'CDN.0001', ['start_time', 'before end_time']],
    [
      'a start in the future',
      { start_time: Date.now() + dayMs, end_time: Date.now() + 2 * dayMs },
      'CDN.0001',
      ['start_time', 'future'],
    ],
    ['a negative start', { ...times, start_time: -1 }, 'CDN.0001', ['start_time', '>= 0']],
    ['a negative end', { ...times, end_time: -1 }, 'CDN.0001', ['end_time', '>= 0']],
    ['a time in microseconds', { ...times, end_time: start * 1000 }, 'CDN.0001', ['end_time', '<=']],
    ['a time beyond integers', { ...times, end_time: 1e300 }, 'CDN.0001', ['end_time', '<=']],
    ['a fractional time', { ...times, start_time: 0.5 }, 'CDN.0001', ['start_time', 'integer']],
    ['a fractional time as text', { ...times, start_time: '0.5' }, 'CDN.0001', ['start_time', 'integer']],
    ['words for a time', { ...times, start_time: 'yesterday' }, 'CDN.0001', ['start_time', 'integer']],
    ['an empty text for a time', { ...times, start_time: '' }, 'CDN.0001', ['start_time', 'integer']],
    ['a time of ISO 8601', { ...times, start_time: '2026-09-01T00:00:00Z' }, 'CDN.0001', ['start_time', 'integer']],
    ['true for a time', { ...times, start_time: true }, 'CDN.0001', ['start_time', 'integer']],
    ['false for a time', { ...times, start_time: false }, 'CDN.0001', ['start_time', 'integer']],
    ['a list for a time', { ...times, start_time: [start] }, 'CDN.0001', ['start_time', 'integer']],
    ['an object for a time', { ...times, end_time: {} }, 'CDN.0001', ['end_time', 'integer']],
    ['an interval of a minute', { interval: 60 }, 'CDN.0001', ['interval', '300, 3600']],
    ['an interval of a day', { interval: 86_400 }, 'CDN.0001', ['interval', '300, 3600']],
    ['an interval of a week', { interval: 604_800 }, 'CDN.0001', ['interval', '300, 3600']],
    ['an interval of nothing', { interval: 0 }, 'CDN.0001', ['interval', '300, 3600']],
    ['a negative interval', { interval: -300 }, 'CDN.0001', ['interval', '300, 3600']],
    ['a fractional interval', { interval: 300.5 }, 'CDN.0001', ['interval', 'integer']],
    ['an interval with a unit', { interval: '5m' }, 'CDN.0001', ['interval', 'integer']],
    [
      '5 minutes over 90 days',
      { start_time: start, end_time: start + 90 * dayMs + 1, interval: 300 },
      'CDN.0001',
      ['interval', '3600'],
    ],
    ['an action that there is not', { action: 'reports' }, 'CDN.0001', ['action', 'reports_detail', 'uv']],
    ['an action in capitals', { action: 'UV' }, 'CDN.0001', ['action', 'reports_detail', 'uv']],
    ['a country that there is not', { country: 'xx' }, 'CDN.0001', ['country', 'cn, ', 'qita']],
    ['a country for carriers', { action: 'isp_detail', country: 'cn' }, 'CDN.0001', ['country', 'isp_detail']],
    ['a country for URLs', { action: 'top_url_detail', country: 'cn' }, 'CDN.0001', ['country', 'top_url_detail']],
    ['a province without its country', { province: 'beijing' }, 'CDN.0001', ['province', 'country=cn']],
    ['a province of two countries', { province: 'beijing', country: 'cn,us' }, 'CDN.0001', ['province', 'country=cn']],
    ['a province that there is not', { province: 'x', country: 'cn' }, 'CDN.0001', ['province', 'anhui']],
    ['a carrier that there is not', { isp: 'CTCC' }, 'CDN.0001', ['isp', 'dianxin']],
    ['a carrier for a bill', { action: 'billing_summary', isp: 'dianxin' }, 'CDN.0001', ['isp', 'billing_summary']],
    ['another format', { format: 'pdf' }, 'CDN.0001', ['format', 'csv, xlsx, parquet, jsonl']],
    ['another compression', { compression: 'zstd' }, 'CDN.0001', ['compression', 'none, gzip, zip']],
    ['a list of nothing', { action: 'uv', limit: 'x' }, 'CDN.0001', ['limit', 'integer']],
    ['a longer list', { action: 'top_url_detail', limit: 10_001 }, 'CDN.0001', ['limit', '10000']],
    ['a webhook to a file', { webhook_url: 'file:///etc/passwd' }, 'CDN.0001', ['webhook_url', 'http']],
    ['a webhook to this machine', { webhook_url: 'http://127.0.0.1/' }, 'CDN.0001', ['webhook_url', 'own machine']],
    ['a name with a line end', { task_name: 'a\nb' }, 'CDN.0001', ['task_name', 'control character']],
    ['a service area of the EU', { service_area: 'europe' }, 'CDN.0015', ['service_area', ...areas]],
    ['a service area in capitals', { service_area: 'GLOBAL' }, 'CDN.0015', ['service_area', ...areas]],
    ['a language', { language: 'fr' }, 'CDN.0001', ['language', 'zh, en']],
    ['a grouping', { group_by: 'url' }, 'CDN.0001', ['group_by', 'domain']],
    ['a stat_type', { stat_type: 'bw' }, 'CDN.0001', ['stat_type', 'flux, req_num']],
    ['a number for a text', { language: 7 }, 'CDN.0001', ['language', 'zh, en']],
    ['an object for a text', { language: { en: 1 } }, 'CDN.0001', ['language', 'string']],
    ['a list for a text', { domain_name: ['www.example.test'] }, 'CDN.0001', ['domain_name', 'string']],
    ['a URL for a domain', { domain_name: 'https://www.example.test/' }, 'CDN.0001', ['domain_name', 'https://']],
    ['a wildcard domain', { domain_name: '*.example.test' }, 'CDN.0001', ['domain_name', '*.example.test']],
    ['a blank in a domain', { domain_name: 'www.example.test img.example.test' }, 'CDN.0001', ['domain_name']],
    ['a domain that is too long', { domain_name: `${'a'.repeat(254)}` }, 'CDN.0001', ['domain_name', 'aaa']],
    ['a name that is no ASCII', { domain_name: '例子.test' }, 'CDN.0001', ['domain_name', '例子.test']],
    ['semicolons between domains', { domain_name: 'a.test;b.test' }, 'CDN.0001', ['domain_name', 'a.test;b.test']],
    ['nothing but commas', { domain_name: ' , ,' }, 'CDN.0001', ['domain_name']],
    ['all beside a name', { domain_name: 'all,www.example.test' }, 'CDN.0001', ['domain_name', 'all']],
    ['NUL in a domain', { domain_name: 'www.example.test\0' }, 'CDN.0001', ['domain_name']],
    ['NUL in an action', { action: 'uv\0' }, 'CDN.0001', ['action', 'reports_detail']],
    ['NUL in a country', { country: '\0' }, 'CDN.0001', ['country']],
  ]
  it.each(wrong)('is refused: %s', async (_name, body, code, says) => {
    const message = expectError(await createJson(body), 400, code)
    for (const text of says) expect(message).toContain(text)
    expect(message.indexOf(says[0] ?? '')).toBeLessThan(40)
  })

  it('leaves no task behind', async () => {
    const before = await server.call('GET', target)
    expectError(await createJson({ format: 'pdf' }), 400, 'CDN.0001')
    expectError(await createJson({ domain_name: 'nobody.example.test' }), 404, 'CDN.0105')
    expect((await server.call('GET', target)).json['total']).toBe(before.json['total'])
  })
})

describe('a create for a domain that is not the account’s', () => {
  const alike = (got: Got, name: string) => expectError(got, 404, 'CDN.0105').replaceAll(name, 'NAME')

  it('answers the same for a domain of another account and for one that nobody has', async () => {
    const foreign = await createJson({ domain_name: 'theirs.example.test' })
    const unknown = await createJson({ domain_name: 'nobody.example.test' })
    expect(alike(foreign, 'theirs.example.test')).toBe(alike(unknown, 'nobody.example.test'))
    expect(Object.keys(foreign.headers).sort()).toEqual(Object.keys(unknown.headers).sort())
  })

  it('names no domain of another account when one’s own stand beside it', async () => {
    const got = await createJson({ domain_name: 'www.example.test,theirs.example.test' })
    expect(expectError(got, 404, 'CDN.0105')).toContain('theirs.example.test')
  })

  it('lets the owner alone export it, also from an operator', async () => {
    const theirs = { domain_name: 'theirs.example.test' }
    expect((await createJson(theirs, foreigner)).status).toBe(200)
    expectError(await createJson(theirs), 404, 'CDN.0105')
    expectError(await createJson({ domain_name: 'www.example.test' }, foreigner), 404, 'CDN.0105')
  })
})

describe('a create whose body is not a JSON object', () => {
  const bodies: [string, string][] = [
    ['a word', 'hello'],
    ['half an object', '{"action":'],
    ['an array', '[]'],
    ['an array of objects', '[{"action":"reports_detail"}]'],
    ['a number', '42'],
    ['a text', '"reports_detail"'],
    ['true', 'true'],
    ['a form', 'action=reports_detail&interval=300'],
    ['bytes', '\u0000\u0001\u0002'],
    ['brackets without end', '['.repeat(100_000)],
  ]
  it.each(bodies)('is refused: %s', async (_name, body) => {
    expect(expectError(await create(body), 400, 'APIGW.0201')).toContain('body')
  })

  it('is refused when it is longer than 1 MiB', async () => {
    const body = JSON.stringify({ domain_name: 'a'.repeat(2 << 20) })
    expect(expectError(await create(body), 413, 'APIGW.0201')).toContain('1048576')
  })

  it('takes any content type, and one with a charset', async () => {
    for (const type of ['application/json;charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded']) {
      const body = JSON.stringify({ language: 'en' })
      const got = await sendSigned(server, { method: 'POST', target, body, headers: { 'Content-Type': type } })
      expect(await effectiveOf(got)).toMatchObject({ language: 'en' })
    }
  })

  it('takes what Go and Python send: a newline at the end, and escapes', async () => {
    expect(await effectiveOf(await create('{"language":"en"}\n'))).toMatchObject({ language: 'en' })
    expect(await effectiveOf(await create('{"language": "\\u0065n"}'))).toMatchObject({ language: 'en' })
  })
})
