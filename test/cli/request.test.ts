import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine({}))
})
afterAll(() => server.stop())
const request = (...args: string[]) => runCommand(server.dataDir, 'request', ...args)

describe('fluxport request', () => {
  it('signs a request with its query, and prints the answer alone on standard output', async () => {
    const { code, out, err } = await request('get', '/api/v1/log-batches?limit=1&state=loaded')
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ total: 1 })
    expect(err).toMatch(/^HTTP 200 \(request [0-9a-f]{32}\)\n$/)
  })

  it('sends a body and headers: the same idempotency key answers the same task', async () => {
    const create = ['POST', '/v1/cdn/statistics/export-tasks', '--header', 'Idempotency-Key: one']
    const first = await request(...create, '--body', '{"service_area":"global"}')
    const path = join(server.dataDir, 'body.json')
    await writeFile(path, '{"service_area":"global"}')
    const second = await request(...create, '--body', `@${path}`)
    expect(first.code, first.err).toBe(0)
    expect(JSON.parse(second.out).task_id).toBe(JSON.parse(first.out).task_id)
  })

  it('prints what an error answers, and ends with 1', async () => {
    const { code, out, err } = await request('GET', '/api/v1/nothing')
    expect([code, JSON.parse(out).error_code]).toEqual([1, 'APIGW.0101'])
    expect(err).toContain('HTTP 404')
  })

  it('prints what is no JSON as it came', async () => {
    expect((await request('GET', '/metrics')).out).toContain('# TYPE ')
  })

  it.each([
    [
      ['GET', '//other.example.test/api/v1/log-batches'],
      'PATH: //other.example.test/api/v1/log-batches leads away from',
    ],
    [['GET', 'api/v1/log-batches'], 'PATH: api/v1/log-batches does not begin with /'],
    [['GET', '/healthz', '--header', 'nothing'], '--header: nothing is not NAME: VALUE'],
    [['POST', '/healthz', '--body', '@/not/there'], '--body: /not/there cannot be read'],
  ])('says which of its arguments is wrong: %j', async (args, problem) => {
    const { code, err } = await request(...args)
    expect(code).toBe(1)
    expect(err).toContain(problem)
  })
})
