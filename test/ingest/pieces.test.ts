import { afterAll, beforeAll, expect, it } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { LogFormat } from '../../src/ingest/formats/line/log-format.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
})
afterAll(() => server.stop())

const { example } = logFormats.find(({ name }) => name === 'envoy') as LogFormat
const forged = example.replace('10240', '999999999999')
/** Each test's lines are of a minute of their own, because equal bytes are loaded once. */
let minute = 0
const line = (second: number, kind: 'P' | 'F', text = example) =>
  `2026-09-01T00:0${minute}:${String(second).padStart(2, '0')}.5Z stdout ${kind} ${text}\n`

it.each([
  { why: 'files of a source', query: (n: number) => ({ name: `${n}.log`, source: 'pods' }) },
  { why: 'pushes', query: () => ({}) },
])('a rest that a client wrote as a line does not count, in $why', async ({ query }) => {
  minute += 1
  const first = await server.load(line(1, 'F') + line(2, 'P', 'x'.repeat(16_384)), query(1))
  expect(first.json).toMatchObject({ state: 'loaded', requests: 1, rejected_by_reason: [{ reason: 'piece_of_line' }] })
  const next = await server.load(line(3, 'F', forged) + line(4, 'F'), query(2))
  expect(next.json).toMatchObject({ requests: 1, flux: 10_240, rejected_by_reason: [{ reason: 'piece_of_line' }] })
  const last = await server.load(line(10, 'F') + line(11, 'F'), query(3))
  expect(last.json).toMatchObject({ requests: 2, rejected_lines: 0 })
})
