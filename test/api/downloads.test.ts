import { createHash } from 'node:crypto'
import { readdir, readlink, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const day = { start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:20:00+08:00') }

let server: TestServer
let first: Task
let second: Task
type Task = { id: string; link: () => Promise<URL>; text: string }

beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine())
  first = await finishedTask({ ...day, language: 'en' })
  second = await finishedTask({ ...day, language: 'zh' })
})
afterAll(() => server.stop())

const longBytes = 64 * 1024 ** 3

/** Makes a task's file very long, with a hole that takes no room on the disk. */
async function longFile(task: Task): Promise<{ path: string; link: URL }> {
  const directory = join(server.dataDir, 'artifacts', task.id)
  const names = await readdir(directory, { recursive: true })
  const path = join(directory, names.find((name) => name.endsWith('.csv')) ?? '')
  await truncate(path, longBytes)
  return { path, link: await task.link() }
}

async function finishedTask(request: Record<string, unknown>): Promise<Task> {
  const text = await server.exportText(request)
  const { json } = await server.call('GET', '/v1/cdn/statistics/export-tasks?limit=1')
  const [{ task_id: id } = {}] = json['data'] as { task_id?: string }[]
  const link = async () => {
    const shown = await server.call('GET', `/api/v1/export-tasks/${id}`)
    return new URL(String(shown.json['download_link']))
  }
  return { id: String(id), link, text }
}

const get = (link: URL, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> =>
  send(link.origin, { method, target: link.pathname + link.search, headers })

const refused = (got: Got) => expectError(got, 403, 'FLUXPORT.0201')

describe('a download link', () => {
  it('gives the file, whole, with its name, size, hash and no leave to keep it', async () => {
    const got = await get(await first.link())
    expect(got.status).toBe(200)
    expect(got.text).toBe(first.text)
    expect(got.headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-length': String(got.bytes.length),
      'content-disposition': 'attachment; filename="reports_detail_20260901T080000_20260901T082000.csv"',
      'accept-ranges': 'bytes',
      etag: `"${createHash('sha256').update(got.bytes).digest('hex')}"`,
      'cache-control': 'private, no-store',
      'x-request-id': expect.stringMatching(/^[0-9a-f]{32}$/),
    })
  })

  it('is absolute on the address that the server listens on, whatever the Host header says', async () => {
    const { text } = await server.call('GET', '/v1/cdn/statistics/export-tasks?limit=1')
    expect(JSON.parse(text)['data'][0]['download_link']).toMatch(new RegExp(`^${server.endpoint}/downloads/`))
    expect((await get(await first.link(), { Host: 'elsewhere.example.test' })).status).toBe(200)
  })

  it('is refused, without a hint, when anything of it is altered or missing', async () => {
    const alter: ((link: URL) => void)[] = [
      (link) => link.searchParams.set('expires', '99999999999'),
      (link) => link.searchParams.set('expires', `0${link.searchParams.get('expires')}`),
      (link) => link.searchParams.delete('expires'),
      (link) => link.searchParams.delete('signature'),
      (link) => link.searchParams.set('signature', '0'.repeat(64)),
      (link) => link.searchParams.set('signature', `${link.searchParams.get('signature')}0`),
      (link) => link.searchParams.set('signature', link.searchParams.get('signature')?.toUpperCase() ?? ''),
      (link) => {
        link.pathname = link.pathname.replace(first.id, second.id)
      },
      (link) => {
        link.pathname = link.pathname.replace(first.id, '0'.repeat(32))
      },
      (link) => {
        link.pathname = link.pathname.replace('.csv', '.exe')
      },
      (link) => {
        link.pathname = link.pathname.replace(/[^/]+$/, '..%2f..%2fcredentials.json')
      },
    ]
    const messages = new Set<string>()
    for (const change of alter) {
      const link = await first.link()
      change(link)
      messages.add(refused(await get(link)))
    }
    expect(messages.size).toBe(1)
  })

  it('of one task opens no other', async () => {
    const [own, foreign] = [await first.link(), await second.link()]
    const crossed = new URL(own)
    crossed.search = foreign.search
    refused(await get(crossed))
    expect((await get(foreign)).text).not.toBe(first.text)
  })
})

it('a link is good for its lifetime from the completion of its task on, and is not given after it', async () => {
  const brief = await startTestServer({ linkLifetimeSeconds: '3' })
  try {
    await brief.exportText({ ...day })
    const listed = async () => {
      const { json } = await brief.call('GET', '/v1/cdn/statistics/export-tasks')
      return (json['data'] as Record<string, unknown>[])[0]
    }
    const link = new URL(String((await listed())?.['download_link']))
    expect((await get(link)).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    refused(await get(link))
    expect(await listed()).toMatchObject({ status: 'success', download_link: null })
  } finally {
    await brief.stop()
  }
})

describe('a part of a file', () => {
  const part = async (range: string, more: Record<string, string> = {}) =>
    get(await first.link(), { Range: range, ...more })
  const size = () => Buffer.byteLength(first.text)

  it('has the bytes asked for, and says where they are', async () => {
    const cases: [string, number, number][] = [
      ['bytes=0-0', 0, 1],
      ['bytes=10-19', 10, 20],
      ['bytes=100-', 100, size()],
      ['bytes=-5', size() - 5, size()],
      ['bytes=0-999999999999', 0, size()],
      [`bytes=-${size() * 10}`, 0, size()],
      [`bytes=${size() - 1}-`, size() - 1, size()],
    ]
    for (const [range, from, to] of cases) {
      const got = await part(range)
      expect([range, got.status]).toEqual([range, 206])
      expect(got.bytes.equals(Buffer.from(first.text).subarray(from, to)), range).toBe(true)
      expect(got.headers).toMatchObject({
        'content-range': `bytes ${from}-${to - 1}/${size()}`,
        'content-length': String(to - from),
      })
    }
  })

  it('that begins beyond the end is a 416 that says how long the file is', async () => {
    for (const range of [`bytes=${size()}-`, 'bytes=99999999999999999999999-', 'bytes=-0']) {
      const got = await part(range)
      expect(expectError(got, 416, 'CDN.0001')).toContain(String(size()))
      expect(got.headers['content-range']).toBe(`bytes */${size()}`)
    }
  })

  it('in a form that is none gives the whole', async () => {
    for (const range of ['bytes=5-2', 'bytes=-', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,5-6', 'bytes 0-1', '']) {
      const got = await part(range)
      expect([range, got.status, got.text === first.text]).toEqual([range, 200, true])
    }
  })

  it('of a file that is another now gives the whole', async () => {
    const etag = String((await get(await first.link())).headers['etag'])
    expect((await part('bytes=0-9', { 'If-Range': etag })).status).toBe(206)
    expect((await part('bytes=0-9', { 'If-Range': '"another"' })).status).toBe(200)
    expect((await part('bytes=0-9', { 'If-Range': 'Tue, 01 Sep 2026 00:00:00 GMT' })).status).toBe(200)
  })

  it('is asked for by HEAD without being sent', async () => {
    const whole = await get(await first.link(), {}, 'HEAD')
    expect([whole.status, whole.text, whole.headers['content-length']]).toEqual([200, '', String(size())])
    const piece = await get(await first.link(), { Range: 'bytes=0-9' }, 'HEAD')
    expect([piece.status, piece.text, piece.headers['content-length']]).toEqual([206, '', '10'])
    const beyond = await get(await first.link(), { Range: `bytes=${size()}-` }, 'HEAD')
    expect([beyond.status, beyond.headers['content-range']]).toEqual([416, `bytes */${size()}`])
  })

  it('by HEAD opens no file, however long: nothing is read for nobody', async () => {
    const { path, link } = await longFile(second)
    for (let n = 0; n < 5; n++) {
      const { status, headers } = await get(link, {}, 'HEAD')
      expect([status, headers['content-length']]).toEqual([200, String(longBytes)])
    }
    const open = await Promise.all(
      (await readdir('/proc/self/fd')).map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')),
    )
    expect(open).not.toContain(path)
  })
})
