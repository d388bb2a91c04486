import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { combinedLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

async function written(name: string, content: string | Buffer): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, name)
  await writeFile(path, content)
  return path
}

const dryRun = (...args: string[]) => runCommand(server.dataDir, 'ingest', '--dry-run', ...args)
const previewed = (body: unknown) => server.call('POST', '/api/v1/log-batches/preview', body)

describe('ingest --dry-run', () => {
  it('shows the first lines as they would be understood, and loads nothing', async () => {
    const log = `${combinedLine({ path: '/a?b=1', bytes: 1_234 })}nonsense\n${combinedLine().repeat(2_000)}`
    const path = await written('access.log.gz', gzipSync(log))
    const { code, out } = await dryRun('--domain', 'www.example.test', path)
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines[0]).toBe('access.log.gz  combined: nginx and Apache combined log')
    expect(lines[1]).toContain(
      '   1  2026-09-01 00:00:01 UTC · www.example.test · GET /a?b=1 · status 200 · 1,234 bytes',
    )
    expect(lines[1]).toContain('cache not logged')
    expect(lines[2]).toBe('   2  does not count (fields): "nonsense"')
    expect(lines).toHaveLength(11)
    expect((await server.call('GET', '/api/v1/log-batches')).json).toMatchObject({ total: 0 })
  })

  it('shows a last line without its end, one with NUL, and a format that begins below many comments', async () => {
    const line = combinedLine().trimEnd()
    const whole = await dryRun('--domain', 'a.test', await written('whole.log', `${line}\n${line}`))
    expect(whole.out.trimEnd().split('\n')).toHaveLength(3)
    const nul = await dryRun('--domain', 'a.test', await written('nul.log', `${line}\n \0 - - x\n`))
    expect(nul.out).toContain('   2  does not count (nul_bytes)')
    const comments = '# a comment\n'.repeat(30)
    const late = await dryRun('--domain', 'a.test', await written('late.log', `${comments}${`${line}\n`.repeat(60)}`))
    expect(late.out.trimEnd().split('\n')).toHaveLength(11)
    expect(late.out).toContain('late.log  combined')
  })

  it('says what is wrong with each file, and looks at the others', async () => {
    const good = await written('good.log', combinedLine())
    const { code, out } = await dryRun(
      '--domain',
      'a.test',
      await written('empty.log', ''),
      '/nowhere/x.log',
      good,
      '-',
    )
    expect(code).toBe(1)
    expect(out).toContain('empty.log  failed: the log is empty')
    expect(out).toContain('x.log  failed: ')
    expect(out).toContain('good.log  combined')
    expect(out).toContain('-  failed: standard input cannot')
    expect((await dryRun(good)).out).toContain('domain is missing')
    expect((await dryRun(await written('words.txt', 'hello\nworld\n'))).out).toContain('FLUXPORT.0103')
  })
})

describe('ingest --dry-run with formats of one’s own', () => {
  const pattern = '$host|$remote_addr|$time_iso8601|$request_method|$status|$bytes_sent|$uri'
  const line = 'a.test|198.51.100.7|2026-09-01T00:00:01Z|GET|200|5|/a'

  it('reads lines with a format that the server does not have, and names the field at which it breaks', async () => {
    const formats = await written('formats.json', JSON.stringify([{ name: 'mine', nginx: pattern }]))
    const log = await written('my.log', `${line}\na.test|198.51.100.7\n${line.replace('|5|', ' 5 ')}\n`)
    const { code, out } = await dryRun('--formats', formats, '--format', 'mine', log)
    expect(code).toBe(0)
    const lines = out.trimEnd().split('\n')
    expect(lines[1]).toContain('a.test · GET /a · status 200 · 5 bytes')
    expect(lines[2]).toContain('does not count (fields, at "|")')
    expect(lines[3]).toContain('does not count (fields, at "|")')
    expect((await dryRun('--formats', formats, await written('good.log', `${line}\n`))).out).toContain('good.log  mine')
    expect((await dryRun('--format', 'mine', log)).out).toContain('format')
  })

  it('is refused with what is wrong in the file', async () => {
    const log = await written('my.log', `${line}\n`)
    const tried = async (content: string) =>
      (await dryRun('--formats', await written('formats.json', content), log)).out
    expect(await tried('[{"name":"mine","nginx":"$time_iso8601 $mine"}]')).toContain('$mine is no variable of nginx')
    const broken = await written('broken.json', '[')
    expect((await dryRun('--formats', broken, log)).err).toContain('is not JSON')
    const given = await runCommand(server.dataDir, 'ingest', '--formats', 'x.json', log)
    expect([given.code, given.err]).toEqual([1, expect.stringContaining('--formats is for --dry-run')])
  })
})

describe('a preview', () => {
  it('answers each line in its order with what it is or why not', async () => {
    const lines = ['', combinedLine().trimEnd(), 'x', combinedLine({ status: 'y' }).trimEnd()]
    const { status, json } = await previewed({ format: 'combined', domain: 'a.test', lines })
    expect(status).toBe(200)
    expect(json['lines']).toMatchObject([
      { line_number: 1, reason: 'blank', request: null },
      {
        ...{ line_number: 2, reason: null },
        request: { domain: 'a.test', client: '198.51.100.7', target: '/a.jpg', bytes: 1_000, cache: 'unknown' },
      },
      { line_number: 3, reason: 'fields', request: null },
      { line_number: 4, reason: 'bad_status', request: null },
    ])
  })

  it.each([
    [{ lines: [] }, 'CDN.0001'],
    [{ lines: Array(101).fill('x') }, 'CDN.0001'],
    [{ lines: [{ x: 1 }] }, 'CDN.0001'],
    [{ lines: ['x'], format: 'nonsense' }, 'CDN.0001'],
    [{ lines: ['x'], formats: [{ name: 'x', nginx: '$time_iso8601' }] }, 'CDN.0001'],
    [{ lines: ['x'], formats: Array(11).fill({ name: 'x' }) }, 'CDN.0001'],
    [{ lines: ['x'], log_zone: 'Mars/Base' }, 'CDN.0001'],
    [{}, 'CDN.0001'],
  ])('of %j is refused', async (body, code) => {
    const { status, json } = await previewed(body)
    expect([status, json]).toMatchObject([400, { error_code: code }])
  })
})
