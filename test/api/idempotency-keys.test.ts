import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Got, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'

let server: TestServer
let other: Key
beforeAll(async () => {
  server = await startTestServer()
  await server.load(huaweiLine())
  other = await newAccount(server, 'another')
})
afterAll(() => server.stop())

const create = (idempotencyKey: string, body: string, key: Key = server.credentials): Promise<Got> =>
  sendSigned(server, { method: 'POST', target, body, key, headers: { 'Idempotency-Key': idempotencyKey } })
const total = async () => Number((await server.call('GET', target)).json['total'])

describe('a create with an Idempotency-Key', () => {
  it('answers the same task and name for the same body, however it is written', async () => {
    const first = await create('one', '{"action":"uv","interval":300,"language":"en"}')
    expect(first.status, first.text).toBe(200)
    const bodies = [
      '{"action":"uv","interval":300,"language":"en"}',
      ' { "language": "en",\n"interval": 300, "action": "\\u0075v" } ',
      '{"language":"en","interval":"300","action":"uv","domain_name":null}',
    ]
    const before = await total()
    for (const body of bodies) expect((await create('one', body)).json).toEqual(first.json)
    expect(await total()).toBe(before)
  })

  it('is refused with another body', async () => {
    const first = await create('two', '{"language":"en"}')
    const before = await total()
    for (const body of ['{}', '{"language":"zh"}', '{"language":"en","interval":300}', '{"language":"en","x":1}']) {
      expect(expectError(await create('two', body), 422, 'FLUXPORT.0203')).toContain('Idempotency-Key')
    }
    expect([await total(), (await create('two', '{"language":"en"}')).json]).toEqual([before, first.json])
  })

  it('makes one task, however many come at once', async () => {
    const before = await total()
    const answers = await Promise.all(Array.from({ length: 20 }, () => create('many', '{"action":"uv"}')))
    expect(new Set(answers.map((got) => got.text)).size).toBe(1)
    expect(await total()).toBe(before + 1)
  })

  it('is its account’s own, and good for another task once its task was deleted', async () => {
    const ours = await create('ours', '{}')
    const theirs = await create('ours', '{"action":"uv"}', other)
    expect([theirs.status, theirs.json['task_id'] === ours.json['task_id']]).toEqual([200, false])
    await server.call('DELETE', `/api/v1/export-tasks/${ours.json['task_id']}`)
    const again = await create('ours', '{"action":"uv"}')
    expect(again.status, again.text).toBe(200)
    expect(again.json['task_id']).not.toBe(ours.json['task_id'])
    expect((await server.call('GET', `/api/v1/export-tasks/${again.json['task_id']}`)).status).toBe(200)
  })

  it('that was refused has used up nothing', async () => {
    expectError(await create('refused', '{"action":"x"}'), 400, 'CDN.0001')
    expect((await create('refused', '{"action":"uv"}')).status).toBe(200)
  })

  it('has one of 1 to 255 characters', async () => {
    expect((await create('x'.repeat(255), '{}')).status).toBe(200)
    for (const wrong of ['', 'x'.repeat(256)]) {
      expect(expectError(await create(wrong, '{}'), 400, 'CDN.0001')).toMatch(
        /The parameter idempotency-key is invalid/i,
      )
    }
  })
})
