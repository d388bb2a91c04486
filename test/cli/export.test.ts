import { mkdir, readdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { outputPath } from '../../src/cli/output-path.ts'
import { type Ran, runCommand, startCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { registerDomains, slowRequest } from '../harness/slow-task.ts'

const target = '/v1/cdn/statistics/export-tasks'
const range = ['--start', '2026-09-01T08:00:00+08:00', '--end', '2026-09-01T09:00:00+08:00']

let server: TestServer
let directory: { path: string; remove(): Promise<void> }
beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine())
  await registerDomains(server, server.credentials.account_id, 60)
})
afterAll(() => server.stop())
beforeEach(async () => {
  directory = await temporaryDirectory()
  return directory.remove
})

const run = (...args: string[]): Promise<Ran> => runCommand(server.dataDir, ...args)
const at = (name: string) => join(directory.path, name)
const files = async () => (await readdir(directory.path)).sort()
const newest = async () => {
  const { json } = await server.call('GET', `${target}?limit=1`)
  return { total: Number(json['total']), task: (json['data'] as Json[])[0] }
}

/** Runs an export that must succeed. */
async function exported(name: string, ...args: string[]): Promise<string> {
  const ran = await run('export', ...range, '--service-area', 'global', '--output', at(name), ...args)
  expect(ran, ran.err).toMatchObject({ code: 0 })
  return ran.out + ran.err
}

describe('fluxport export', () => {
  it.each(['csv', 'xlsx', 'parquet', 'jsonl'])('writes the file and its manifest, which verify: %s', async (format) => {
    const said = await exported(`report.${format}`, '--format', format)
    expect(await files()).toEqual([`report.${format}`, `report.${format}.manifest.json`])
    expect(said).toMatch(/12 rows, .*sha256 [0-9a-f]{64}, task [0-9a-f]{32}/)
    const verified = await run('verify', at(`report.${format}`))
    expect(verified).toMatchObject({
      code: 0,
      out: expect.stringMatching(/as made \(12 rows, data version \d+, fluxport/),
    })
  })

  it('writes a file for each table of a format that holds one, all named after the asked one', async () => {
    await exported('bill.csv.gz', '--action', 'billing_summary', '--compression', 'gzip', '--language', 'en')
    const made = ['bill.csv.gz', 'bill.csv.gz.manifest.json', 'bill_discarded_points.csv.gz']
    expect(await files()).toEqual(made)
    const manifest = at('bill.csv.gz.manifest.json')
    const paths = [made[0] ?? '', made[2] ?? ''].map(at)
    expect(await run('verify', ...paths, '--manifest', manifest)).toMatchObject({ code: 0, err: '' })
  })

  it('replaces what was at the path, and nothing before the new file is whole', async () => {
    await writeFile(at('report.csv'), 'from yesterday')
    const failed = await run('export', '--domain', 'unknown.test', '--output', at('report.csv'))
    expect([failed.code, failed.err]).toEqual([
      1,
      expect.stringMatching(/CDN\.0105: The domain unknown\.test does not exist/),
    ])
    expect([await files(), await readFile(at('report.csv'), 'utf8')]).toEqual([['report.csv'], 'from yesterday'])
    await exported('report.csv')
    expect(await readFile(at('report.csv'), 'utf8')).toMatch(/^\uFEFF?"/)
  })

  it('leaves no file when one that belongs to it cannot be written', async () => {
    await mkdir(at('report.csv.manifest.json'))
    const ran = await run('export', ...range, '--output', at('report.csv'))
    expect([ran.code, await files()]).toEqual([1, ['report.csv.manifest.json']])
  })

  it('says so when its task was canceled meanwhile, and leaves nothing', async () => {
    const { total } = await newest()
    const times = ['--start', String(slowRequest['start_time']), '--end', String(slowRequest['end_time'])]
    const running = run('export', ...times, '--group-by', 'domain', '--format', 'xlsx', '--output', at('slow.xlsx'))
    while ((await newest()).total === total || (await newest()).task?.['state'] !== 'processing') await delay(20)
    const id = (await newest()).task?.['task_id']
    await server.call('POST', `/api/v1/export-tasks/${id}/cancel`)
    const ran = await running
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(new RegExp(`Task ${id} .*its state is canceled`))])
    expect(await files()).toEqual([])
  })

  it.each([
    [[], /--output/],
    [['--output', 'a.csv', '--start', '1 Sept', '--end', '2026-09-02'], /--start: write a date as/],
    [['--output', 'a.csv', '--month', '2026-13'], /--month: write a month as/],
    [['--output', 'a.csv', '--day', '2026-02-30'], /start_date is invalid: "2026-02-30" is not a date/],
    [['--output', 'a.csv', '--month', '2026-09', '--day', '2026-09-01'], /say one of them/],
    [['--output', 'a.csv', '--day', '2026-09-01', '--time-zone', 'Mars/Base'], /time_zone is invalid: "Mars\/Base"/],
    [['--output', 'a.csv', '--format', 'pdf'], /The parameter format is invalid/],
    [['--output', 'a.csv', '--format', 'xlsx'], /says format csv, and --format says xlsx/],
    [['--output', 'a.csv', '--compression', 'gzip'], /says compression none, and --compression says gzip/],
    [['--output', 'a.csv.gz', '--compression', 'zip'], /says compression gzip, and --compression says zip/],
    [['--output', 'a.csv', '--limit', 'x'], /The parameter limit is invalid/],
    [['--output', 'a.csv', '--frmat', 'csv'], /unknown option '--frmat'/],
    [['--output', 'a.csv', '--country', 'de', '--service-area', 'mainland_china'], /no client in mainland_china/],
    [['--output', 'a.csv', '--country', 'cn', '--service-area', 'outside_mainland_china'], /no client in outside/],
    [['--output', '/nowhere/at/all.csv'], /--output: there is no directory \/nowhere\/at: make it first/],
    [['--output', '/proc/1/all.csv'], /--output: /],
    [['--output', '/tmp'], /--output: \/tmp is a directory: name a file in it/],
  ])('ends with what is wrong: %j', async (args, message) => {
    const { total } = await newest()
    const ran = await run('export', ...args)
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(message)])
    expect((await newest()).total, 'no task was made').toBe(total)
  })

  it('with --preflight says what the file would be, and makes nothing', async () => {
    const { total } = await newest()
    const ran = await run('export', '--preflight', ...range, '--group-by', 'domain', '--format', 'xlsx')
    expect(JSON.parse(ran.out)).toMatchObject({ rows: 61 * 12, sheets: 1, allowed: true, problem: null })
    expect([ran.code, (await newest()).total, await files()]).toEqual([0, total, []])
  })
})

describe('a task that goes on without its command', () => {
  it('is named when the command is interrupted, and its file is fetched by its id', async () => {
    const times = ['--start', String(slowRequest['start_time']), '--end', String(slowRequest['end_time'])]
    const { total } = await newest()
    const args = ['export', ...times, '--group-by', 'domain', '--output', at('slow.csv')]
    const running = startCommand(server.dataDir, ...args)
    while ((await newest()).total === total) await delay(20)
    await delay(200) // between the answer and the command's having it
    running.child.kill('SIGINT')
    const ran = await running.ended
    const id = String((await newest()).task?.['task_id'])
    expect([ran.code, ran.err]).toEqual([
      130,
      expect.stringContaining(`fluxport tasks download ${id} --output ${at('slow.csv')}`),
    ])
    expect(await files()).toEqual([])

    const wrong = await run('tasks', 'download', id, '--output', at('slow.xlsx'))
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/says format xlsx, and --format says csv/)])
    const fetched = await run('tasks', 'download', id, '--output', at('slow.csv'))
    expect([fetched.code, await files()], fetched.err).toEqual([0, ['slow.csv', 'slow.csv.manifest.json']])
    expect(await run('verify', at('slow.csv'))).toMatchObject({ code: 0 })
  })
})

describe('fluxport export from a server whose links lead to trouble', () => {
  let answer: (response: ServerResponse) => void
  const elsewhere = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
  let troubled: TestServer
  beforeAll(async () => {
    const { port } = elsewhere.address() as AddressInfo
    troubled = await startTestServer({ publicUrl: `http://127.0.0.1:${port}` })
  })
  afterAll(async () => {
    elsewhere.close()
    elsewhere.closeAllConnections()
    await troubled.stop()
  })

  const troubles: Record<string, { answer: (response: ServerResponse) => void; message: RegExp }> = {
    'an error': {
      answer: (response) => response.writeHead(403).end('x'.repeat(100_000)),
      message: /answered HTTP 403/,
    },
    'other bytes': { answer: (response) => response.end('something else'), message: /not the one that was made/ },
    'a part of it': {
      answer: (response) => {
        response.writeHead(200, { 'Content-Length': 1_000 })
        response.write('x', () => response.destroy())
      },
      message: /aborted/,
    },
    'a hang-up': { answer: (response) => response.destroy(), message: /No answer from/ },
  }
  it.each(Object.keys(troubles))('ends, with nothing left, on %s', async (name) => {
    answer = troubles[name]?.answer ?? (() => undefined)
    const ran = await runCommand(troubled.dataDir, 'export', ...range, '--output', at('report.csv'))
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(troubles[name]?.message ?? /never/)])
    expect(await files()).toEqual([])
  })
})

describe('fluxport verify', () => {
  const changes: Record<string, (path: string) => Promise<unknown>> = {
    'a changed byte': async (path) => {
      const bytes = await readFile(path)
      bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1
      await writeFile(path, bytes)
    },
    'a missing byte': async (path) => truncate(path, (await readFile(path)).length - 1),
    'a byte more': async (path) => writeFile(path, Buffer.concat([await readFile(path), Buffer.from('x')])),
    'nothing left': async (path) => truncate(path, 0),
  }
  it.each(Object.keys(changes))('fails on %s', async (change) => {
    await exported('report.xlsx', '--format', 'xlsx')
    await changes[change]?.(at('report.xlsx'))
    const ran = await run('verify', at('report.xlsx'))
    expect([ran.code, ran.out]).toEqual([1, expect.stringMatching(/NOT the file that was made/)])
  })

  it('knows a file that was renamed, and names the one that is wrong among several', async () => {
    await exported('a.csv')
    await exported('b.csv', '--language', 'zh')
    await rename(at('a.csv'), at('renamed.csv'))
    const manifest = ['--manifest', at('a.csv.manifest.json')]
    expect(await run('verify', at('renamed.csv'), ...manifest)).toMatchObject({ code: 0 })
    const both = await run('verify', at('renamed.csv'), at('b.csv'), ...manifest)
    expect([both.code, both.out]).toEqual([
      1,
      expect.stringMatching(/renamed\.csv: as made[\s\S]*b\.csv: NOT the file/),
    ])
  })

  it.each([
    ['0.1.0, which named no commit', { product_version: '0.1.0' }, 'fluxport 0.1.0)'],
    ['a build of no known commit', { product_version: '0.2.0', product_commit: 'unknown' }, 'fluxport 0.2.0)'],
    ['a build', { product_version: '0.2.0', product_commit: '0123456789ab' }, 'fluxport 0.2.0 (0123456789ab))'],
  ])('takes a manifest of %s', async (_of, product, said) => {
    await exported('report.csv')
    const path = at('report.csv.manifest.json')
    const { product_version: _version, product_commit: _commit, ...manifest } = JSON.parse(await readFile(path, 'utf8'))
    await writeFile(path, JSON.stringify({ ...manifest, ...product }))
    expect(await run('verify', at('report.csv'))).toMatchObject({ code: 0, out: expect.stringContaining(said) })
  })

  it.each(['', '{}', 'null', '[]', 'not JSON'])('says when the manifest is none: %j', async (content) => {
    await writeFile(at('report.csv'), 'x')
    await writeFile(at('report.csv.manifest.json'), content)
    const ran = await run('verify', at('report.csv'))
    expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(/report\.csv\.manifest\.json is .*no manifest/)])
  })

  it('says when the manifest or the file is not there', async () => {
    await exported('report.csv')
    await rm(at('report.csv'))
    expect(await run('verify', at('report.csv'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/cannot be read/),
    })
    expect(await run('verify', at('x.csv'))).toMatchObject({
      code: 1,
      err: expect.stringMatching(/x\.csv\.manifest\.json is not there/),
    })
  })
})

describe('where the files of a task go', () => {
  it.each([
    ['out.csv', 'uv_1_2.csv', 'uv_1_2.csv', 'out.csv'],
    ['out.csv', 'uv_1_2.csv', 'uv_1_2.csv.manifest.json', 'out.csv.manifest.json'],
    ['dir.d/out.csv.gz', 'uv_1_2.csv.gz', 'uv_1_2_range.csv.gz', 'dir.d/out_range.csv.gz'],
    ['dir.d/out', 'uv_1_2.csv', 'uv_1_2_range.csv', 'dir.d/out_range'],
    ['./my.report.csv', 'uv_1_2.csv', 'uv_1_2_range.csv', './my_range.report.csv'],
  ])('beside %s: %s has %s at %s', (output, mainName, name, path) => {
    expect(outputPath(output, mainName, name)).toBe(path)
  })

  it.each(['a.csv/../../x', '../x', '/x', '', 'a\u001b.csv'])('refuses %j, which no server of ours names', (name) => {
    expect(() => outputPath('out.csv', 'a.csv', name)).toThrow(/names a file as none is named/)
  })
})
