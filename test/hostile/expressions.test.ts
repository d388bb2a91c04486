import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import { usageOf } from '../../src/readers/process-usage.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { expressionsIn } from './expressions.mjs'

/** Every expression over text from outside takes time as the text is long, and no more. */
const root = fileURLToPath(new URL('../..', import.meta.url))

/** The longest line that is looked at; one that takes its square is 4,000,000,000 steps. */
const length = 65_536

/**
 * Processor time of all lines of one expression: thousands of times what the slowest of them takes, and a third of what the
 * best of those took that this test was written for. A busy machine changes nothing of it.
 */
const cpuMsMax = 20_000

/** Text that is ours or the operator's own, and why it stays short. A place that is not named here has to be linear. */
const ownText: Record<string, string> = {
  'auth/download-links.ts': 'the setting --public-url',
  'cli/export.ts': 'a file’s name and a time, of whoever runs the command',
  'ports/warehouse/engine/whole-parts.ts': 'our statements',
  'exports/files/xlsx/workbook-parts.ts': 'our titles',
  'ingest/formats/own/apache-pattern.ts': 'the file of --formats, 10,000 characters at most',
  'ingest/formats/own/nginx-pattern.ts': 'the file of --formats, 10,000 characters at most',
  'ingest/load/load-statements.ts': 'our statements',
  'ports/warehouse/migrate.ts': 'our statements',
}

type Tried = { name: string; source?: string; flags?: string; format?: string; examples?: string[] }

/** @returns the expressions that took too long; each ends the process, and the next ones go on in another */
async function tooSlow(expressions: Tried[], formatsPath?: string, cpuMs = cpuMsMax): Promise<string[]> {
  const slow: string[] = []
  for (let left = expressions; left.length > 0; ) {
    const reached = await triedUntil(left, formatsPath, cpuMs)
    if (reached === null) return slow
    slow.push(reached)
    left = left.slice(left.findIndex(({ name }) => name === reached) + 1)
  }
  return slow
}

/** @returns the name of the one that took too long; null when all have ended */
async function triedUntil(expressions: Tried[], formatsPath: string | undefined, cpuMs: number) {
  const child = spawn(process.execPath, [join(root, 'test/hostile/try-expressions.mjs')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit')
  let current = ''
  let cpuMsBefore = 0
  const usedMs = () => usageOf(child.pid ?? 0)?.cpuMs ?? 0
  createInterface({ input: child.stdout }).on('line', (line) => {
    current = line
    cpuMsBefore = usedMs()
  })
  const watch = setInterval(() => {
    if (usedMs() - cpuMsBefore > cpuMs) child.kill('SIGKILL')
  }, 100)
  child.stdin.end(JSON.stringify({ length, expressions, formatsPath }))
  await ended
  clearInterval(watch)
  return current === 'done' ? null : current
}

describe.skipIf(usageOf(process.pid) === null)('an expression over text from outside', () => {
  it('is found out when it tries one repetition against another', async () => {
    const haproxy = String.raw`\S:\d+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:[\d:]{8}\.\d{3}\] \S+ \S+\/\S+ [-\d+]+\/`
    const trimmed = String.raw`[\s']+$`
    const fine = { name: 'fine', source: '^[a-z]+ [0-9]+$' }
    const expressions = [{ name: 'haproxy', source: haproxy }, fine, { name: 'trimmed', source: trimmed }]
    expect(await tooSlow(expressions, undefined, 2_000)).toEqual(['haproxy', 'trimmed'])
  })

  it('is linear where it stands in the source', async () => {
    const found = expressionsIn(join(root, 'src'))
    expect(found.length).toBeGreaterThan(100)
    const expressions = found
      .filter(({ place }) => ownText[place] === undefined)
      .map(({ place, ...rest }, index) => ({ name: `${index} ${place}`, ...rest }))
    expect(await tooSlow(expressions)).toEqual([])
  })

  it('is linear where it recognises a format', async () => {
    const expressions = logFormats.flatMap(({ name, example, recognises, recognisesUser }) =>
      [recognises, recognisesUser].map((pattern) => ({
        ...{ name, format: name, examples: [example] },
        source: pattern instanceof RegExp ? pattern.source : '',
      })),
    )
    expect(await tooSlow(expressions)).toEqual([])
  })

  it('is linear where it recognises a format of the configuration', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const formats = [
      {
        name: 'own_nginx',
        nginx:
          '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_user_agent" $host$request_uri $remote_user [$time_iso8601] $request_time',
      },
      {
        name: 'own_apache',
        apache: '%h %v%U%q %l %u %t "%r" %>s %b %u "%{Referer}i" "%{User-Agent}i" %{%Y-%m-%dT%H:%M:%S%z}t %D',
      },
      { name: 'own_json', json: { time: 'a.t', status: 'a.s', bytes: ['b', 'c'], target: 'u' } },
    ]
    const path = join(place.path, 'formats.json')
    await writeFile(path, JSON.stringify(formats))
    const lines = [
      '198.51.100.7 - a [b [01/Sep/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 1 "x" www.example.com/a/b user [2026-09-01T08:00:01+08:00] 0.1',
      '198.51.100.7 www.example.com/a - a b [01/Sep/2026:08:00:01 +0800] "GET / HTTP/1.1" 200 1 u "r" "x" 2026-09-01T08:00:01+0800 5',
      '{"t":1,"s":200,"b":1,"u":"/"}',
    ]
    const expressions = formats.map(({ name }, at) => ({ name, format: name, source: '', examples: [lines[at] ?? ''] }))
    expect(await tooSlow(expressions, path)).toEqual([])
  })
})
