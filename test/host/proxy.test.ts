import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, newKey, type Signed, send, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { proxies, startProxy } from './proxies.ts'

const cases = proxies.map((proxy) => ({
  proxy,
  title: `${proxy.name}${proxy.program ? '' : ` (skipped: it is not there, Debian package ${proxy.debianPackage})`}`,
}))

for (const { proxy, title } of cases)
  describe.skipIf(!proxy.program)(`behind ${title}`, () => {
    let server: TestServer
    let stop: () => Promise<unknown>
    let proxied: string

    beforeAll(async () => {
      server = await startTestServer()
      const { path, remove } = await temporaryDirectory()
      const running = await startProxy(proxy, path, server.endpoint)
      proxied = running.endpoint
      stop = async () => {
        await running.stop()
        await server.stop()
        await remove()
      }
    })
    afterAll(() => stop())
    const sendThrough = (signed: Signed) => sendSigned({ ...server, endpoint: proxied }, signed)

    it.each([
      '/api/v1/log-batches?limit=2&state=loaded',
      '/api/v1/domains',
      '//v1/cdn/statistics/export-tasks?limit=1',
      '/v1/cdn/statistics/export-tasks?task_name=a%2Fb%20c%25&limit=1',
      '/api/v1/export-tasks/%e4%b8%ad',
      '/api/v1/export-tasks/a%2Fb',
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

const caddy = proxies.find(({ debianPackage }) => debianPackage === 'caddy')?.program
it.skipIf(!caddy)(
  `deploy/Caddyfile is laid out as caddy does it${caddy ? '' : ' (skipped: there is no caddy)'}`,
  () => {
    const path = fileURLToPath(new URL('../../deploy/Caddyfile', import.meta.url))
    expect(spawnSync('caddy', ['fmt', path], { encoding: 'utf8' }).stdout).toBe(readFileSync(path, 'utf8'))
  },
)
