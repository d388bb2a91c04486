import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, newKey, type Signed, send, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const program = ['nginx', '/usr/sbin/nginx'].find((name) => spawnSync(name, ['-v']).status === 0)
const without = program ? '' : ' (skipped: there is no nginx, Debian package nginx-light)'

/** What stands in the documentation, between two ports of the test. */
async function documentedServer(port: number, endpoint: string): Promise<string> {
  const text = await readFile(new URL('../../docs/guide/operating.md', import.meta.url), 'utf8')
  const block = /```nginx\n([\s\S]*?)```/.exec(text)?.[1]
  if (!block) throw new Error('docs/guide/operating.md has no settings for nginx')
  return block.replace('listen 8443', `listen 127.0.0.1:${port}`).replace('http://127.0.0.1:8080', endpoint)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

describe.skipIf(!program)(`behind nginx, as the documentation has it${without}`, () => {
  let server: TestServer
  let stop: () => Promise<unknown>
  let proxied: string

  beforeAll(async () => {
    server = await startTestServer()
    const { path, remove } = await temporaryDirectory()
    const port = await freePort()
    proxied = `http://127.0.0.1:${port}`
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${path}/${kind};`,
    )
    const settings = `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off; pid ${path}/nginx.pid; error_log ${path}/error.log;
events { worker_connections 64; }
http { access_log off; ${temporary.join(' ')}
${await documentedServer(port, server.endpoint)} }
`
    await mkdir(join(path, 'logs'))
    await writeFile(join(path, 'nginx.conf'), settings)
    const nginx = spawn(program as string, ['-p', path, '-c', join(path, 'nginx.conf')], { stdio: 'inherit' })
    stop = async () => {
      nginx.kill('SIGTERM')
      await once(nginx, 'exit')
      await server.stop()
      await remove()
    }
    await vi.waitFor(async () => expect((await send(proxied, { target: '/healthz' })).status).toBe(200), 10_000)
  })
  afterAll(() => stop())
  const sendThrough = (signed: Signed) => sendSigned({ ...server, endpoint: proxied }, signed)

  it.each([
    '/api/v1/log-batches?limit=2&state=loaded',
    '/api/v1/domains',
    '//v1/cdn/statistics/export-tasks?limit=1',
    '/v1/cdn/statistics/export-tasks?task_name=a%2Fb%20c%25&limit=1',
    '/api/v1/export-tasks/%e4%b8%ad',
  ])('a signed request is taken as it was signed: %s', async (target) => {
    const direct = await sendSigned(server, { target })
    const through = await sendThrough({ target })
    expect(through.status).toBe(direct.status)
    expect(through.status).not.toBe(401)
  })

  it('a signed body is taken, and a wrong one refused', async () => {
    const create = { method: 'POST', target: '/v1/cdn/statistics/export-tasks', body: '{"service_area":"global"}' }
    expect((await sendThrough(create)).status).toBe(200)
    const { access_key, secret_key } = server.credentials
    const key = { access_key, secret_key: `${secret_key}x` }
    expectError(await sendThrough({ ...create, key }), 401, 'APIGW.0301')
  })

  it('a log of 12 MB passes, and what it lacks is told by the server itself', async () => {
    const { ingest_token: token } = await newKey(server, { role: 'ingest' })
    const headers = { Authorization: `Bearer ${token}` }
    const lines = Array.from({ length: 60_000 }, (_, n) => huaweiLine({ path: `/${n}${'x'.repeat(60)}` })).join('')
    const push = {
      method: 'POST',
      target: '/api/v1/log-batches?name=big.log.gz',
      body: gzipSync(lines, { level: 0 }),
      headers,
    }
    const pushed = await send(proxied, push)
    expect(pushed.json, pushed.text).toMatchObject({ state: 'loaded', requests: 60_000 })
  })

  it('figures are not for those who come through it', async () => {
    expect((await send(server.endpoint, { target: '/metrics' })).status).toBe(200)
    expect((await send(proxied, { target: '/metrics' })).status).toBe(403)
  })
})
