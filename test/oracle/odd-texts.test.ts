import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { combinedLine, huaweiLine, type LineFields } from '../harness/log-lines.ts'
import { hasPython, type Log, loadLog, withoutPython } from '../harness/oracle.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { answersTo, expectExported, formats } from './compare.ts'

/** What a spreadsheet would run, JSON, XML or CSV would trip over, and readers cut, drop or take for something else. */
const texts = [
  ...['=1+1', '+1-2', '-1.5e3', '-2', '+.5', '-cmd|x!A0', '@SUM(1)', '\t=1', '＝1', '－1', '＠x', "'=1", '-'],
  ...['a,b;c', '<b>&amp;</b>', ']]>', '_x0041_', '_x005F_', '\\N', 'null', 'NaN', '{}', '1e5', '007', '2025-09-10'],
  ...[' before', 'after ', '  ', '\u00a0', '\t', 'a\tb', '\u0001\u001f', '\u007f', '\ufffe', '\u2028', 'a\ufeff'],
  ...['产品', '😀', 'e\u0301', '\u{10ffff}', 'ﬃ', '\u202e', '%00%E4%BA', 'C:\\x', '$1', '{{x}}', '/*cells*/'],
]

/** Bytes that are no UTF-8, as a log may have them. */
const brokenTexts = ['\xff', 'a\xc3(b', '\xe4\xba', '\xed\xa0\x80', '\xc0\xaf'].map((text) =>
  Buffer.from(text, 'latin1'),
)

/** Quotes and backslashes as each format has them within a string. */
const quoted = {
  huawei_offline: ['"', 'the "best"', '""', 'a\\', '\\'],
  combined_vhost: ['\\"', 'the \\"best\\"', '\\\\', '\\x22'],
}

const clients = [
  ...['2001:DB8:0:0:1:0:0:1', '::ffff:203.0.113.5', '::ffff:0:1', 'fe80::1', '::1', '64:ff9b::192.0.2.1'],
  ...['0.0.0.0', '255.255.255.255', '2001:db8:0:1:1:1:1:1', 'host.test', '-', '::'],
]

/** `ffff` in the middle of an address, and one that is translated, not mapped. */
const laterClients = ['2001:db8::ffff:7', '::ffff:0:203.0.113.5']
const paths = [
  '/a?b=c',
  '/a?',
  '/?a?b',
  '*',
  '/',
  '/产品.jpg',
  '/=1',
  '/a%20b',
  'http://other.test/x?y=/1',
  '/x//y/../z',
]

/** Behind its domain, the place where a cell ends is between the halves of the pair. */
const longPath = `/${'x'.repeat(32_743)}😀${'y'.repeat(9_000)}`

/** Each text once as a referrer and once as a user agent; the figures tell the lines apart. */
function linesOf(format: keyof typeof quoted): Buffer {
  const write = (fields: LineFields) =>
    Buffer.from(format === 'huawei_offline' ? huaweiLine(fields) : `www.example.test:443 ${combinedLine(fields)}`)
  const mark = 'MARK'
  const replaced = (line: Buffer, text: Buffer, what = mark) => {
    const at = line.indexOf(what)
    return Buffer.concat([line.subarray(0, at), text, line.subarray(at + what.length)])
  }
  const strings = [...[...texts, ...quoted[format]].map((text) => Buffer.from(text)), ...brokenTexts]
  const lines = [
    ...strings.flatMap((text, i) => [
      replaced(write({ referrer: mark, bytes: 1_000 + i }), text),
      replaced(write({ userAgent: mark, bytes: 2_000 + i }), text),
    ]),
    ...brokenTexts.map((text, i) => replaced(write({ path: `/${mark}`, bytes: 3_000 + i }), text)),
    ...[...paths, longPath].map((path, i) => write({ path, bytes: 4_000 + i })),
    ...clients.map((client, i) => replaced(write({ bytes: 5_000 + i }), Buffer.from(client), '198.51.100.7')),
    ...laterClients.map((client) =>
      replaced(write({ time: '01/Sep/2026:08:20:00 +0800' }), Buffer.from(client), '198.51.100.7'),
    ),
    // Together more than a binary fraction counts exactly, or Excel.
    ...Array.from({ length: 9 }, (_, i) => write({ path: '/huge', bytes: 2 ** 50 - i, cache: 'MISS' })),
  ]
  return Buffer.concat(lines)
}

const zone = 'Asia/Shanghai'
const range = {
  start_time: Date.parse('2026-09-01T08:00:00+08:00'),
  end_time: Date.parse('2026-09-01T08:10:00+08:00'),
}
const actions = ['url', 'path', 'ua', 'referer', 'ip'].map((item) => `top_${item}_detail`)
const requests: Json[] = [...actions, 'reports_detail', 'billing_summary', 'uv'].flatMap((action) =>
  formats.map((format) => ({
    action,
    ...range,
    format,
    language: 'en',
    ...(action.startsWith('top_') ? { stat_type: 'req_num', limit: 1_000 } : {}),
  })),
)

const ofLaterClients: Json = {
  action: 'top_ip_detail',
  start_time: Date.parse('2026-09-01T08:20:00+08:00'),
  end_time: Date.parse('2026-09-01T08:25:00+08:00'),
  format: 'csv',
}

describe.skipIf(!hasPython).each(Object.keys(quoted) as (keyof typeof quoted)[])(
  `a log of %s with odd texts, counted twice${withoutPython}`,
  (format) => {
    let server: TestServer
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>
    let answers: string[][]
    let taskIds: string[]
    beforeAll(async () => {
      directory = await temporaryDirectory()
      server = await startTestServer({ timeZone: zone })
      const log: Log = { path: join(directory.path, 'odd.log'), format }
      await writeFile(log.path, linesOf(format))
      answers = await answersTo([log], [...requests, ofLaterClients], { 'time-zone': zone })
      await loadLog(server, log)
      taskIds = await createAll(server, [...requests, ofLaterClients])
    }, 120_000)
    afterAll(async () => {
      await server.stop()
      await directory.remove()
    })

    const expectRight = async (request: Json, taskId: string | undefined, answer: string[] | undefined) =>
      expectExported(await exportedBy(server, taskId ?? ''), request, zone, answer ?? [])

    it.each(requests.map(named))('%s', (_name, request, i) => expectRight(request, taskIds[i], answers[i]))

    it('top_ip_detail of addresses that have ffff but are not of version 4', () =>
      expectRight(ofLaterClients, taskIds.at(-1), answers.at(-1)))
  },
)

const named = (request: Json, i: number): [string, Json, number] => [
  `${request['action']}, ${request['format']}`,
  request,
  i,
]
