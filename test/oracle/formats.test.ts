import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { Wrapping } from '../../src/ingest/formats/line/wrapping.ts'
import { recogniseFormat } from '../../src/ingest/formats/recognise.ts'
import { wrappings } from '../../src/ingest/formats/wrapping/known-wrappings.ts'
import { wrappedTwice } from '../../src/ingest/formats/wrapping/wrapping.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { hasPython, withoutPython } from '../harness/oracle.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { sampledFormats, sampleLog, sampleRequests } from './format-samples.mjs'

const script = fileURLToPath(new URL('./formats.py', import.meta.url))
const domain = 'default.example.test'
const requests = sampleRequests(2_000)

/** The parameters that a delivery of a format must state. A stated domain wins over what a client wrote. */
function statedFor(format: string): { domain?: string; format?: string } {
  const known = logFormats.find(({ name }) => name === format)
  if (known?.domainStated) return { format }
  return known?.namesDomain ? {} : { domain }
}

type Counted = { lines: number; rejected: number; buckets: Record<string, number[]> }

/** The oracle, asked for one log after another: a process for each took an eighth of the time of these tests. */
function startOracle() {
  const python = spawn('python3', [script], { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: python.stdout })[Symbol.asyncIterator]()
  return {
    count: async (format: string, path: string): Promise<Counted> => {
      python.stdin.write(`${JSON.stringify([format, path, domain])}\n`)
      return JSON.parse(String((await answers.next()).value))
    },
    stop: () => python.stdin.end(),
  }
}

let server: TestServer
let oracle: ReturnType<typeof startOracle> | undefined
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  server = await startTestServer()
  directory = await temporaryDirectory()
  if (hasPython) oracle = startOracle()
})
afterAll(async () => {
  oracle?.stop()
  await server.stop()
  await directory.remove()
})

/** What the warehouse has of the newest load, as the oracle says it: logs are loaded one by one here. */
async function newestBuckets(): Promise<Record<string, number[]>> {
  const rows = await server.warehouse.rows<{ key: string; sums: number[] }>(
    `SELECT concat(domain, ' ', toString(toUnixTimestamp(bucket))) AS key,
       [sum(requests), sum(flux_bytes), sum(hits), sum(cache_logged_requests), sum(status_2xx), sum(status_3xx),
        sum(status_4xx), sum(status_5xx)] AS sums
     FROM usage WHERE load_id = (SELECT max(load_id) FROM usage) GROUP BY key`,
  )
  return Object.fromEntries(rows.map(({ key, sums }) => [key, sums]))
}

const twice = [
  'syslog docker_json',
  'docker_json syslog',
  'timestamps cri',
  'journald_json cri',
  'cri docker_json',
].map((pair) => {
  const [outer, inner] = pair.split(' ').map((name) => wrappings.find((one) => one.name === name) as Wrapping)
  return wrappedTwice(outer as Wrapping, inner as Wrapping)
})

/** Each format in one wrapping, one format in each, and two in two at once: the reading within is the same. */
const wrapped = [
  ...twice.flatMap((wrapping) => ['nginx_ingress', 'nginx_json'].map((format) => ({ format, wrapping }))),
  ...sampledFormats.map((format, n) => ({ format, wrapping: wrappings[n % wrappings.length] as Wrapping })),
  ...wrappings.map((wrapping) => ({ format: 'nginx_json', wrapping })),
]
  .map(({ format, wrapping }) => ({ format, wrapping, name: `${wrapping.name}+${format}` }))
  .filter(({ name }, n, all) => all.findIndex((other) => other.name === name) === n)

describe(`a wrapped log of each format${withoutPython}`, () => {
  it.skipIf(!hasPython).each(wrapped)('$name has the oracle’s totals', async ({ format, wrapping, name }) => {
    const few = requests.slice(0, 200)
    const { text, broken, headers } = sampleLog(format, few)
    const path = join(directory.path, `${name}.log`)
    await writeFile(path, text)
    const counted = (await oracle?.count(format, path)) as Counted
    const lines = text.trimEnd().split('\n').map(wrapping.example)
    const { json } = await server.load(`${lines.join('\n')}\n`, { name, source: name, ...statedFor(format) })
    expect(json).toMatchObject({ format: name, lines: counted.lines, requests: few.length })
    expect(json).toMatchObject({ rejected_lines: broken, header_lines: headers })
    expect(await newestBuckets()).toEqual(counted.buckets)
  })
})

describe(`a log of each format${withoutPython}`, () => {
  it('has a sample of every one', () => {
    expect(sampledFormats.toSorted()).toEqual(logFormats.map(({ name }) => name).toSorted())
  })

  it.each(sampledFormats.map((format) => ({ format })))(
    'of $format is taken for that and for no other',
    ({ format }) => {
      const { text } = sampleLog(format, requests)
      for (const head of [Buffer.from(text), Buffer.from(text.slice(0, 5_000))]) {
        expect(recogniseFormat(logFormats, head, false)?.name).toBe(format)
      }
    },
  )

  it.skipIf(!hasPython).each(sampledFormats.map((format) => ({ format })))(
    'of $format has the oracle’s totals, and as many lines that are none',
    async ({ format }) => {
      const { text, broken, headers } = sampleLog(format, requests)
      const path = join(directory.path, `${format}.log`)
      await writeFile(path, text)
      const counted = (await oracle?.count(format, path)) as Counted
      const without = broken + headers
      expect([counted.lines - counted.rejected, counted.rejected]).toEqual([requests.length, without])
      const { json } = await server.load(text, { name: `${format}.log`, source: format, ...statedFor(format) })
      const { lines } = counted
      expect(json).toMatchObject({ format, lines, requests: requests.length })
      expect(json).toMatchObject({ rejected_lines: broken, header_lines: headers })
      expect(await newestBuckets()).toEqual(counted.buckets)
    },
  )
})
