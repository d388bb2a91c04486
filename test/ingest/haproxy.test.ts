import { gzipSync } from 'node:zlib'
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

  it('has no domain from a user agent, of however many lines that look like a host', async () => {
    const blocks = [
      '{www.example.test|evil.example.org} {}',
      '{www.example.test|evil.example.org}',
      '{www.example.test|curl}',
    ]
    const lines = blocks.map((one, n) => line({ time: `01/Sep/2026:09:00:0${n}.655`, blocks: one }))
    expect((await loaded(lines)).map((row) => row.split(' ')[0])).toEqual(Array(3).fill('www.example.test'))
  })

  it.each([
    { why: 'pushed alone', lines: 1, named: {} },
    { why: 'of a file', lines: 3, named: { name: 'auto.log', source: 'auto' } },
  ])('is refused where neither format nor domain is stated, $why', async ({ lines, named }) => {
    const log = Array.from({ length: lines }, (_, n) => `${line({ time: `01/Sep/2026:10:00:0${n}.655` })}\n`).join('')
    const { json } = await server.load(log, { format: 'auto', ...named })
    expect(json).toMatchObject({ error: { error_code: 'CDN.0001' } })
    expect(JSON.stringify(json)).toContain('--format haproxy')
  })

  describe('of the night when the clocks of New York go back', () => {
    const log_zone = 'America/New_York'
    const startMs = Date.parse('2026-11-01T04:00:00Z')
    const ownLog = (host: string) => ({ name: `${host}.log`, source: host, format: 'haproxy', log_zone })
    /** Whole lines of a host, one each five minutes from 4 h UTC to 9 h; the clocks go back at 6 h. */
    const night = (host: string) =>
      Array.from({ length: 60 }, (_, n) => {
        const clock = new Date(startMs + n * 300_000 - (n < 24 ? 4 : 5) * 3_600_000).toISOString().slice(11, 19)
        // Bytes tell the time: they are seconds.
        return `${line({ time: `01/Nov/2026:${clock}.000`, bytes: n * 300, blocks: `{${host}}` })}\n`
      })
    /** Seconds by which a host's lines are counted too late, in the order of their times. */
    async function late(host: string): Promise<number[]> {
      const rows = await server.warehouse.rows<{ late: number }>(
        `SELECT toInt32(toUnixTimestamp(time) - {start:UInt32}) - toInt32(bytes) AS late FROM request
         WHERE domain = {host:String} ORDER BY bytes`,
        { host, start: startMs / 1000 },
      )
      return rows.map((row) => row.late)
    }

    it('has each line at its own time, the doubled hour’s among them', async () => {
      await server.load(night('whole.test').join(''), ownLog('whole.test'))
      expect(await late('whole.test')).toEqual(Array(60).fill(0))
    })

    it('shows each line at that time in a preview, too', async () => {
      const lines = night('shown.test').map((one) => one.trimEnd())
      const { json } = await server.call('POST', '/api/v1/log-batches/preview', { format: 'haproxy', log_zone, lines })
      const shown = json['lines'] as { request: { time: number; bytes: number } }[]
      expect(shown.map(({ request }) => request.time - startMs - request.bytes * 1_000)).toEqual(Array(60).fill(0))
    })

    it('has it of a compressed log, too', async () => {
      await server.load(gzipSync(night('gz.test').join('')), ownLog('gz.test'))
      expect(await late('gz.test')).toEqual(Array(60).fill(0))
    })

    it.each([13, 25, 30, 50])('has it of the rest behind %i lines of a log that grew', async (count) => {
      const host = `grew${count}.test`
      await server.load(night(host).slice(0, count).join(''), ownLog(host))
      const { json } = await server.load(night(host).join(''), ownLog(host))
      expect(json).toMatchObject({ state: 'loaded', requests: 60 - count })
      expect(await late(host)).toEqual(Array(60).fill(0))
    })

    it('has the second hour of a log that begins in it', async () => {
      await server.load(night('begins.test').slice(24).join(''), ownLog('begins.test'))
      expect(await late('begins.test')).toEqual(Array(36).fill(0))
    })

    it('has requests that took long at their own time, behind those that were written before them', async () => {
      const lines = night('long.test')
      const long = line({ time: '01/Nov/2026:01:50:00.000', bytes: 6_600, ms: 1_800_000, blocks: '{long.test}' })
      await server.load([...lines.slice(0, 28), `${long}\n`, ...lines.slice(28)].join(''), ownLog('long.test'))
      expect(await late('long.test')).toEqual(Array(61).fill(0))
    })
  })
})
