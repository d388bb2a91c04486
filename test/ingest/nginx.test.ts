import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer, get, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { freePort } from '../harness/free-port.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'
import { quickDirectory, sourceUntil, writeSources } from '../harness/sources.ts'

const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
const without = program ? '' : ' (skipped: there is no nginx, Debian package nginx-light)'

/** What stands in the documentation: the maps, and the format of the log. */
async function documentedSettings(): Promise<string> {
  const text = await readFile(new URL('../../docs/guide/sources.md', import.meta.url), 'utf8')
  const block = /```nginx\nhttp \{\n([\s\S]*?)\n {4}access_log/.exec(text)?.[1]
  if (!block) throw new Error('docs/guide/sources.md has no settings for nginx')
  return block
}

/** Answers with as many bytes as the path says; what can be cached may be. */
async function startOrigin(): Promise<number> {
  const origin = createServer((request, response) => {
    const size = Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0)
    response.writeHead(size === 404 ? 404 : 200, { 'Cache-Control': 'max-age=600', 'Content-Type': 'text/plain' })
    response.end('x'.repeat(size))
  }).listen(0, '127.0.0.1')
  await once(origin, 'listening')
  onTestFinished(() => void origin.close())
  return (origin.address() as AddressInfo).port
}

const configuration = (place: string, port: number, originPort: number, settings: string) => `
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 2;
pid ${place}/nginx.pid;
error_log ${place}/error.log;
events { worker_connections 64; }
http {
${settings}
    access_log ${place}/logs/fluxport.log fluxport;
    client_body_temp_path ${place}/body; proxy_temp_path ${place}/proxy; fastcgi_temp_path ${place}/fastcgi;
    uwsgi_temp_path ${place}/uwsgi; scgi_temp_path ${place}/scgi;
    proxy_cache_path ${place}/cache keys_zone=cache:1m;
    server {
        listen 127.0.0.1:${port};
        server_name a.example.test b.example.test;
        location / {
            proxy_pass http://127.0.0.1:${originPort};
            proxy_cache cache;
            proxy_cache_key $host$request_uri;
            add_header X-Cache $upstream_cache_status always;
        }
    }
    server {
        listen 127.0.0.1:${port};
        server_name status.test;
        access_log off;
        location / { stub_status; }
    }
}
`

/** An nginx of the test's own, in the foreground. */
async function startNginx(place: string) {
  for (const name of ['logs', 'cache']) await mkdir(join(place, name))
  const port = await freePort()
  const path = join(place, 'nginx.conf')
  await writeFile(path, configuration(place, port, await startOrigin(), await documentedSettings()))
  const child = spawn(program as string, ['-p', place, '-c', path], { stdio: ['ignore', 'inherit', 'inherit'] })
  const ended = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const statusRequests = async () => {
    const { text } = await ask(port, 'status.test', '/')
    return Number(/\n \d+ \d+ (\d+)/.exec(text)?.[1])
  }
  for (let tries = 0; ; tries++) {
    const isUp = await statusRequests().then(
      () => true,
      () => false,
    )
    if (isUp) break
    if (tries === 100) throw new Error(await readFile(join(place, 'error.log'), 'utf8'))
    await delay(50)
  }
  return { port, statusRequests, reopenLogs: () => child.kill('SIGUSR1') }
}

type Answered = { text: string; status: number; cache: string; bytes: number }

/** One request on a connection of its own: every byte that comes on it is counted. */
async function ask(port: number, host: string, path: string): Promise<Answered> {
  const headers = { Host: host, Connection: 'close', 'User-Agent': 'a "quoted" client' }
  const request = get({ host: '127.0.0.1', port, path, headers, agent: false })
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const { socket } = response
  let text = ''
  for await (const piece of response) text += piece
  if (!socket.closed) await once(socket, 'close')
  const cache = String(response.headers['x-cache'] ?? '')
  return { text, status: response.statusCode ?? 0, cache, bytes: socket.bytesRead }
}

type Own = { requests: number; flux: number; hits: number; notFound: number }
type Totals = Record<string, Own>

function ownOf(totals: Totals, host: string): Own {
  const own = totals[host] ?? { requests: 0, flux: 0, hits: 0, notFound: 0 }
  totals[host] = own
  return own
}

function add(totals: Totals, host: string, { bytes, cache, status }: Answered) {
  const own = ownOf(totals, host)
  own.requests++
  own.flux += bytes
  if (cache === 'HIT') own.hits++
  if (status === 404) own.notFound++
}

/** An export's totals of each domain. */
function totalsOf(text: string): Totals {
  const [header = '', ...rows] = text.trimEnd().split('\r\n')
  const names = header.replace('\ufeff', '').split(',').map(unquoted)
  const at = (start: string) => names.findIndex((name) => name.startsWith(start))
  const totals: Totals = {}
  for (const cells of rows.map((row) => row.split(',').map(unquoted))) {
    const own = ownOf(totals, cells[0] ?? '')
    own.requests += Number(cells[at('Requests')] ?? Number.NaN)
    own.flux += Number(cells[at('Traffic')] ?? Number.NaN)
    own.hits += Number(cells[at('Hits')] ?? Number.NaN)
    own.notFound += Number(cells[at('4xx')] ?? Number.NaN)
  }
  return totals
}
const unquoted = (cell: string) => cell.replaceAll('"', '')

describe.skipIf(!program)(`nginx${without}`, () => {
  it('is counted as it counts itself, over a rotation, as its clients count', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const startMs = Date.now()
    const nginx = await startNginx(place.path)
    const logs = join(place.path, 'logs')
    const settings = quickDirectory(logs, { files: ['fluxport.log*'], format: 'huawei_offline', source: 'nginx' })
    const server = await startTestServer({ sources: await writeSources(place.path, [settings]) })
    onTestFinished(server.stop)
    const before = await nginx.statusRequests()
    const asked: Totals = {}
    for (let n = 0; n < 400; n++) {
      const host = n % 3 === 0 ? 'b.example.test' : 'a.example.test'
      add(asked, host, await ask(nginx.port, host, n % 7 === 0 ? '/404' : `/${(n * 37) % 3_000}?n=${n % 50}`))
      if (n === 200) await rename(join(logs, 'fluxport.log'), join(logs, 'fluxport.log.1'))
      if (n === 230) nginx.reopenLogs() // in between it writes to the renamed one
    }
    const count = (await nginx.statusRequests()) - before - 1
    expect(count).toBe(400)
    const show = async (path: string) => (await server.call('GET', path)).json
    await sourceUntil(
      show,
      (source) => source['waiting'] === 0 && source['queued'] === 0 && Number(source['loaded']) >= 2,
    )
    const found = await untilCounted(server, startMs, count)
    expect(found).toEqual(asked)
    const { batches } = (await show('/api/v1/log-batches?limit=1000')) as { batches: Json[] }
    expect(batches.every((batch) => batch['rejected_lines'] === 0 || batch['rejected_lines'] === null)).toBe(true)
  })
})

async function untilCounted(server: Awaited<ReturnType<typeof startTestServer>>, startMs: number, count: number) {
  let found: Totals = {}
  for (let tries = 0; tries < 100; tries++) {
    const range = { start_time: startMs - 300_000, end_time: Date.now() + 300_000 }
    const request = { ...range, domain_name: 'all', service_area: 'global', group_by: 'domain', language: 'en' }
    found = totalsOf(await server.exportText(request))
    if (Object.values(found).reduce((sum, one) => sum + one.requests, 0) >= count) break
    await delay(200)
  }
  return found
}
