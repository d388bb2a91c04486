import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { LogFormat } from '../../src/ingest/formats/line/log-format.ts'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, type Json } from '../harness/requests.ts'
import { type Answer, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  // Most lines of these logs are bad on purpose; quarantine.test.ts is about those.
  server = await startTestServer({ rejectedPercentMax: '100' })
})
afterAll(() => server.stop())

let files = 0
/** A file of its own for each, so that none is taken for another grown. */
const load = (content: string | Buffer, query: Record<string, string> = {}): Promise<Answer> =>
  server.load(content, { name: `odd-${++files}.log`, ...query })

/** The lines of this test alone: each has a path of its own. */
const lines = (count: number, path: string) =>
  Array.from({ length: count }, (_, i) => huaweiLine({ path: `/${path}/${i}`, bytes: 10 })).join('')

function refused(answer: Answer, status: number, code: string): string {
  const got: Got = { ...answer, headers: Object.fromEntries(answer.headers), bytes: Buffer.from(answer.text) }
  return expectError(got, status, code)
}

/** The fields of CloudFront's log behind the first seven. */
const restOfFields =
  'cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end'

type Rejected = { by_reason: { reason: string; lines: number }[]; first_lines: FirstLine[] }
type FirstLine = { line_number: number; reason: string; line: string }

/** What a batch counted; every line either counts or is among the rejected, with its reason. */
async function outcome(
  answer: Answer,
): Promise<{ requests: number; reasons: Record<string, number>; first: FirstLine[] }> {
  const { json, text } = answer
  expect(json['state'], text).toBe('loaded')
  expect(Number(json['requests']) + Number(json['rejected_lines']) + Number(json['header_lines'])).toBe(json['lines'])
  const shown = await server.call('GET', `/api/v1/log-batches/${json['batch_id']}`)
  const rejected = (shown.json['rejected'] as Rejected | null) ?? { by_reason: [], first_lines: [] }
  const reasons = Object.fromEntries(rejected.by_reason.map(({ reason, lines: count }) => [reason, count]))
  expect(Object.values(reasons).reduce((sum, count) => sum + count, 0)).toBe(json['rejected_lines'])
  return { requests: Number(json['requests']), reasons, first: rejected.first_lines }
}

describe('a log whose lines are lists of requests', () => {
  const { example } = logFormats.find(({ name }) => name === 'azure_front_door') as LogFormat
  it.each([
    [`{"records":[${example},${example}]}\n`, '.records[]', {}],
    [`{ "records": [ ${example} ] }\n`, '.records[]', { format: 'azure_front_door' }],
    [`{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1","message":"x"}]}\n`, '.logEvents[]', {}],
    [`[${example},${example}]\n`, '.[]', {}],
    [`[\n${example},\n${example}\n]\n`, '.[]', {}],
  ])('is refused with what takes it apart: %#', async (content, path, query) => {
    const { json } = await server.load(content, { name: 'lists.log', ...query })
    expect(json).toMatchObject({ error_code: 'FLUXPORT.0103' })
    expect(String(json['error_msg'])).toContain(`jq -c '${path}'`)
  })
})

describe('content that is no log', () => {
  const gzip = gzipSync(lines(2_000, 'gzip'))
  const damaged = Buffer.from(gzip)
  damaged.fill(0x55, gzip.length >> 1, (gzip.length >> 1) + 100)
  const wrongSum = Buffer.from(gzip)
  wrongSum.writeUInt32LE(0, gzip.length - 8)

  const refusals: [string, Buffer, string, RegExp][] = [
    ['a gzip without its end', gzip.subarray(0, -5), 'FLUXPORT.0102', /truncated/],
    ['half a gzip', gzip.subarray(0, gzip.length >> 1), 'FLUXPORT.0102', /truncated/],
    ['the first bytes of a gzip', gzip.subarray(0, 3), 'FLUXPORT.0102', /truncated/],
    ['a gzip with damage in its middle', damaged, 'FLUXPORT.0102', /damaged/],
    ['a gzip whose checksum is wrong', wrongSum, 'FLUXPORT.0102', /damaged/],
    ['a gzip with rubbish behind it', Buffer.concat([gzip, Buffer.from('rubbish')]), 'FLUXPORT.0102', /damaged/],
    ['a gzip with zeros behind it', Buffer.concat([gzip, Buffer.alloc(512)]), 'FLUXPORT.0102', /other bytes behind/],
    ['binary rubbish', randomBytes(100_000), 'FLUXPORT.0103', /--format/],
    ['rubbish that was compressed', gzipSync(randomBytes(100_000)), 'FLUXPORT.0103', /--format/],
    ['NUL bytes alone', Buffer.alloc(100_000), 'FLUXPORT.0103', /--format/],
    ['line ends alone', Buffer.from('\n\n\r\n'), 'FLUXPORT.0103', /--format/],
    ['a line of 10 MB alone', Buffer.alloc(10 << 20, 'a'), 'FLUXPORT.0103', /--format/],
    ['the beginning of one line', Buffer.from(huaweiLine().slice(0, 20)), 'FLUXPORT.0103', /--format/],
    ['a page of HTML', Buffer.from('<!doctype html>\n<p>404</p>\n'.repeat(20)), 'FLUXPORT.0103', /--format/],
    [
      '70 MB without a line end',
      Buffer.concat([Buffer.from(lines(1, 'long')), Buffer.alloc(70 << 20, 'a')]),
      'FLUXPORT.0102',
      /no line ends/,
    ],
  ]
  it.each(refusals)('is refused, and nothing of it counts: %s', async (_name, content, code, says) => {
    expect(refused(await load(content), 422, code)).toMatch(says)
  })

  it('leaves a failed batch that says why, and no load', async () => {
    const { json } = await server.call('GET', '/api/v1/log-batches?state=failed&limit=1000')
    const batches = json['batches'] as Json[]
    expect(batches.length).toBeGreaterThanOrEqual(refusals.length)
    for (const batch of batches) expect(batch).toMatchObject({ requests: null, lines: null, error: { error_msg: /./ } })
  })

  it.each([['huawei_offline'], ['combined'], ['combined_vhost']])(
    'fails under the format %s, when one is named, since none of its lines counts',
    async (format) => {
      const answer = await load(randomBytes(100_000), { format, domain: 'www.example.test' })
      expect(refused(answer, 422, 'FLUXPORT.0110')).toMatch(/None of its \d+ lines counts: .*nul_bytes/)
    },
  )
})

describe('a log that is odd, but one', () => {
  it('is empty: a batch without lines', async () => {
    for (const content of ['', gzipSync('')]) {
      expect((await load(content)).json).toMatchObject({ state: 'loaded', lines: 0, requests: 0, rejected_lines: 0 })
    }
  })

  it('is of several gzip members, as concatenated files are, empty ones among them', async () => {
    const members = ['', lines(3, 'member-1'), '', lines(4, 'member-2')].map((text) => gzipSync(text))
    expect(await outcome(await load(Buffer.concat(members)))).toEqual({ requests: 7, reasons: {}, first: [] })
  })

  it('has a line of 10 MB between others: that one is rejected', async () => {
    const content = `${lines(1, 'before')}${huaweiLine({ path: `/${'a'.repeat(10 << 20)}` })}${lines(1, 'after')}`
    const { requests, reasons, first } = await outcome(await load(content))
    expect({ requests, reasons }).toEqual({ requests: 2, reasons: { line_too_long: 1 } })
    expect(first).toEqual([{ line_number: 2, reason: 'line_too_long', line: expect.stringMatching(/^\[01.{997}$/) }])
  })

  it('has NUL bytes, as after a crash of the machine: those lines are rejected', async () => {
    const content = `${lines(1, 'nul')}${huaweiLine({ path: '/\0' })}\0\0\0\n${lines(1, 'nul-2')}${'\0'.repeat(4_096)}`
    const { requests, reasons, first } = await outcome(await load(content))
    expect({ requests, reasons }).toEqual({ requests: 2, reasons: { nul_bytes: 3 } })
    expect(first.map((line) => line.line_number)).toEqual([2, 3, 5])
  })

  it('mixes line ends: CR LF ends a line as LF does, CR alone does not', async () => {
    const [one = '', two = '', three = ''] = lines(3, 'ends').split('\n')
    const { requests, reasons, first } = await outcome(
      await load(`${one}\r\n${two}\n\r\n\n${three}\r${one}\n${two}\r\n`),
    )
    expect({ requests, reasons }).toEqual({ requests: 3, reasons: { carriage_return: 1 } })
    expect(first.map((line) => line.line_number)).toEqual([5])
  })

  it('has headers, wherever its files were joined: they are no rejected lines', async () => {
    const { example } = logFormats.find(({ name }) => name === 'cloudfront') as LogFormat
    const header = '#Version: 1.0\r\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host)'
    const fields = `${header} ${restOfFields}\n`
    const { json } = await load(`\ufeff${fields}${example}\n\n#Software: a CDN\n${fields}${example}2\n#nonsense\n`)
    expect(json).toMatchObject({ format: 'cloudfront', lines: 9, requests: 2, rejected_lines: 1, header_lines: 6 })
    expect(json).toMatchObject({ rejected_by_reason: [{ reason: 'fields', lines: 1 }] })
    const { json: shown } = await server.call('GET', `/api/v1/log-batches/${json['batch_id']}`)
    expect(shown['rejected']).toMatchObject({ first_lines: [{ line_number: 9, line: '#nonsense' }] })
  })

  it('has headers alone: it is loaded, with no request and no rejected line', async () => {
    const fields = `date time x-edge-location sc-bytes c-ip cs-method cs(Host) ${restOfFields}`
    const { json } = await load(`#Software: a CDN\n#Version: 1.0\n#Date: today\n#Fields: ${fields}\n`)
    expect(json).toMatchObject({ state: 'loaded', lines: 4, requests: 0, rejected_lines: 0, header_lines: 4 })
  })

  it.each([
    'time,client_ip,status,bytes',
    '\ufeff"time","client ip","status","bytes"\r',
    'date\ttime\tcs(Host)\tsc-bytes',
  ])('has the names of columns in its first line, and in no other: %j', async (names) => {
    const { json } = await load(`${names}\n${lines(3, names.slice(1, 5))}${names}\n`)
    expect(json).toMatchObject({ lines: 5, requests: 3, rejected_lines: 1, header_lines: 1 })
  })

  it('has CR LF in the combined format, whose last field then keeps nothing of it', async () => {
    const content = combinedLine({ path: '/crlf' }).replace('\n', '\r\n')
    const { requests } = await outcome(await load(content, { domain: 'www.example.test' }))
    expect(requests).toBe(1)
  })

  it('does not end its last line, which counts', async () => {
    const { requests, reasons } = await outcome(await load(lines(3, 'open').trimEnd()))
    expect({ requests, reasons }).toEqual({ requests: 3, reasons: {} })
  })

  it('has times in the future, of 1970, and of no calendar: those lines are rejected', async () => {
    const at = (time: string) => huaweiLine({ time, path: `/time/${time}` })
    const content =
      ['01/Sep/2099:08:00:01 +0800', '01/Jan/2106:08:00:01 +0800'].map(at).join('') +
      ['01/Jan/1970:08:00:01 +0800', '31/Dec/1999:23:00:00 +0000'].map(at).join('') +
      ['01/Sep/1969:08:00:01 +0800', '01/Sep/9999:08:00:01 +0800', '30/Feb/2026:08:00:01 +0800'].map(at).join('') +
      ['01/Sep/2026:24:00:00 +0800', '01/Sep/2026:23:59:60 +0800', '1/Sep/2026:08:00:01 +0800'].map(at).join('') +
      at('01/Sep/2026:08:00:01 +0800')
    const { requests, reasons } = await outcome(await load(content, { format: 'huawei_offline' }))
    expect({ requests, reasons }).toEqual({ requests: 1, reasons: { time_in_future: 2, time_too_old: 2, bad_time: 6 } })
  })

  it('has figures that are none: those lines are rejected, and no sum passes 64 bits', async () => {
    const figures = [
      '1.5',
      '1e3',
      '-1',
      '0x10',
      'x',
      '18446744073709551616',
      '18446744073709551615',
      '9223372036854775808',
    ]
    const bytes = figures.map((figure) => huaweiLine({ bytes: figure, path: `/bytes/${figure}` })).join('')
    const statuses = ['-', '-200', '65536', '2oo', '200.0'].map((status) => huaweiLine({ status, path: `/${status}` }))
    const answer = await load(bytes + statuses.join('') + lines(1, 'figures'), { format: 'huawei_offline' })
    const { requests, reasons } = await outcome(answer)
    expect({ requests, reasons }).toEqual({ requests: 1, reasons: { bad_bytes: 8, bad_status: 5 } })
    expect(answer.json).toMatchObject({ flux: 10 })
  })

  it('names no domain, or none that is one: those lines are rejected', async () => {
    const named = (domain: string) => huaweiLine({ domain, path: `/domain/${domain}` })
    const good = ['WWW.Example.TEST', 'www.example.test:443', 'www.example.test.', '192.0.2.1'].map(named)
    const bad = ['a b', '[::1]', '例子.test', `${'x'.repeat(254)}`, '-x.test', '*.example.test', '..'].map(named)
    const { requests, reasons } = await outcome(await load([...good, ...bad, named('-'), named('')].join('')))
    expect({ requests, reasons }).toEqual({ requests: 4, reasons: { bad_domain: 7, no_domain: 2 } })
  })

  it('is no valid UTF-8: it counts, and its rejected lines are shown', async () => {
    const content = Buffer.from(`${lines(2, 'utf-8')}${huaweiLine({ path: '/\xff\xfe' })}bad \xff\xfe line\n`, 'latin1')
    const { requests, first } = await outcome(await load(content))
    expect(requests).toBe(3)
    expect(first).toEqual([{ line_number: 4, reason: 'fields', line: expect.stringMatching(/^bad \ufffd+ line$/) }])
  })
})

describe('the rejected lines of a batch', () => {
  it('are all counted by reason; the first 100, with their numbers, are kept and shown', async () => {
    const rejected = Array.from({ length: 700 }, (_, i) =>
      i % 2 === 0 ? `rubbish ${i}\n` : huaweiLine({ status: 'x', path: `/kept/${i}` }),
    )
    const content = lines(800, 'kept') + rejected.join('') + lines(5, 'kept-after')
    const { requests, reasons, first } = await outcome(await load(content))
    expect({ requests, reasons }).toEqual({ requests: 805, reasons: { bad_status: 350, fields: 350 } })
    expect(first.map((line) => line.line_number)).toEqual(Array.from({ length: 100 }, (_, i) => 801 + i))
    expect(first[0]).toEqual({ line_number: 801, reason: 'fields', line: 'rubbish 0' })
    expect(first[99]).toEqual({ line_number: 900, reason: 'bad_status', line: rejected[99]?.trimEnd() })
  })
})

describe('a delivery that cannot be taken', () => {
  const paths: [string, string, RegExp][] = [
    ['a file that is not there', '/nowhere/access.log', /path is invalid: there is no such file/],
    ['a relative path', 'access.log', /path is invalid: it is not absolute/],
    ['an empty path', '', /path is invalid: it is not absolute/],
    ['a device', '/dev/zero', /path is invalid: it is not a file/],
    ['a path with NUL in it', '/tmp/a\0b', /path is invalid/],
    ['a path of 5,000 characters', `/${'a'.repeat(5_000)}`, /path is invalid/],
  ]
  it.each(paths)('%s', async (_name, path, says) => {
    expect(refused(await load('', { path }), 400, 'CDN.0001')).toMatch(says)
  })

  it('a directory', async () => {
    const path = join(server.dataDir, 'a-directory')
    await mkdir(path)
    expect(refused(await load('', { path }), 400, 'CDN.0001')).toMatch(/path is invalid: it is not a file/)
  })

  const parameters: [string, Record<string, string>, string, RegExp][] = [
    [
      'a format that there is not',
      { format: 'w4c' },
      'CDN.0001',
      /format is invalid.*huawei_offline, .*combined_vhost, combined/,
    ],
    ['a domain that is none', { domain: 'http://x' }, 'CDN.0001', /domain is invalid/],
    ['a service area that there is not', { service_area: 'global' }, 'CDN.0015', /service_area.*mainland_china/],
    ['a source with NUL', { source: 'a\0' }, 'CDN.0001', /source is invalid/],
    ['force that is neither', { force: 'maybe' }, 'CDN.0001', /force is invalid: must be boolean/],
  ]
  it.each(parameters)('%s', async (_name, query, code, says) => {
    expect(refused(await load(lines(1, 'parameters'), query), 400, code)).toMatch(says)
  })

  it('the combined format without a domain', async () => {
    for (const query of [{}, { format: 'combined' }]) {
      expect(refused(await load(combinedLine(), query as Record<string, string>), 400, 'CDN.0001')).toMatch(
        /domain is missing/,
      )
    }
  })
})
