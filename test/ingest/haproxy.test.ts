import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ timeZone: 'Asia/Shanghai' })
})
afterAll(() => server.stop())

type LineParts = { time: string; bytes?: number; blocks?: string; request?: string; ms?: number }
const line = ({
  time,
  bytes = 1_000,
  blocks = '{www.example.test}',
  request = '"GET /a HTTP/1.1"',
  ms = 109,
}: LineParts) =>
  `198.51.100.7:50123 [${time}] fe_https~ be_web/srv1 10/0/30/69/${ms} 200 ${bytes} - - ---- 1/1/1/1/0 0/0 ${blocks} ${request}`

/** Loads lines as a file of their own, and answers its requests in their order: `domain time bytes`. */
let files = 0
async function loaded(lines: string[], query: Record<string, string> = {}) {
  files += 1
  const name = `haproxy-${files}.log`
  const { json, text } = await server.load(`${lines.join('\n')}\n`, { name, source: name, format: 'haproxy', ...query })
  expect(json, text).toMatchObject({ state: 'loaded' })
  const rows = await server.warehouse.rows<{ text: string }>(
    `SELECT concat(domain, ' ', toString(time), ' ', toString(bytes)) AS text FROM request
     WHERE load_id = (SELECT max(load_id) FROM request) ORDER BY text`,
  )
  return rows.map(({ text }) => text)
}

describe('a log of HAProxy', () => {
  it('has its local times at the hours around a change of clocks', async () => {
    const hours = ['00', '02', '03', '04', '08', '09', '10']
    const lines = hours.map((hour, n) => line({ time: `01/Nov/2026:${hour}:10:00.000`, bytes: n + 1 }))
    expect(await loaded(lines, { log_zone: 'America/Los_Angeles' })).toEqual(
      ['07', '10', '11', '12', '16', '17', '18'].map((hour, n) => `www.example.test 2026-11-01 ${hour}:10:00 ${n + 1}`),
    )
  })

  it('has the delivery’s domain, whatever the answer’s headers say', async () => {
    const lines = [line({ time: '01/Sep/2026:08:00:01.655', blocks: '{edge7.cdn.example.org|text/html}' })]
    expect(await loaded(lines, { domain: 'www.example.test' })).toEqual(['www.example.test 2026-09-01 00:00:01 1000'])
  })

  it('counts a line that is cut at 1,024 bytes', async () => {
    const long = line({
      time: '01/Sep/2026:08:00:02.655',
      bytes: 700_000,
      request: `"GET /search?q=${'s'.repeat(2_000)}`,
    })
    expect(await loaded([line({ time: '01/Sep/2026:08:00:01.655' }), long.slice(0, 1_024)])).toEqual([
      'www.example.test 2026-09-01 00:00:01 1000',
      'www.example.test 2026-09-01 00:00:02 700000',
    ])
  })

  it.each([
    { why: 'before its host', blocks: ['{curl/8.0|www.example.test}', '{evil.example.org|www.example.test}'] },
    { why: 'behind its host', blocks: ['{www.example.test|curl/8.0} {}', '{www.example.test|evil.example.org} {}'] },
  ])('has no domain from a user agent that stands $why', async ({ blocks: [usual = '', evil = ''] }) => {
    const lines = [evil, usual, usual].map((blocks, n) => line({ time: `01/Sep/2026:09:00:0${n}.655`, blocks }))
    expect((await loaded(lines)).map((row) => row.split(' ')[0])).toEqual(Array(3).fill('www.example.test'))
  })
})
