import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, send, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'
const tasks = '/api/v1/export-tasks'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ fileLifetimeSeconds: '2', taskLifetimeSeconds: '6' })
  await server.load(huaweiLine())
})
afterAll(() => server.stop())

const show = async (id: string): Promise<Json> => (await server.call('GET', `${tasks}/${id}`)).json
async function untilState(id: string, ...states: string[]): Promise<Json> {
  for (;;) {
    const task = await show(id)
    if (states.includes(String(task['state']))) return task
    await delay(20)
  }
}
/** A directory that is removed while it is read makes the reading fail: it is read again. */
const filesOnDisk = async (): Promise<number> => {
  const entries = await readdir(join(server.dataDir, 'artifacts'), { recursive: true, withFileTypes: true }).catch(
    (error) => (error.code === 'ENOENT' ? null : Promise.reject(error)),
  )
  if (entries === null) return await filesOnDisk()
  return entries.filter((entry) => entry.isFile()).length
}

it('a file goes when its time is over, its task a while later; until then it can be made again', async () => {
  const created = await server.call('POST', target, { language: 'en' })
  const id = String(created.json['task_id'])
  const made = await untilState(id, 'success')
  const expired = await untilState(id, 'expired')
  expect(expired).toMatchObject({
    ...{ status: 'success', state: 'expired', download_link: null, files: [], progress: { percent: 100 } },
    ...{ rows: made['rows'], bytes: made['bytes'], sha256: made['sha256'], file_name: made['file_name'] },
    ...{ manifest: made['manifest'], error: null },
  })
  expect(made['manifest']).toMatchObject({ product: 'fluxport', files: [{ sha256: made['sha256'] }] })
  const list = await server.call('GET', `${target}?status=expired`)
  expect(list.json).toMatchObject({ total: 1, data: [{ task_id: id, status: 'success', download_link: null }] })
  const { pathname, search } = new URL(String(made['download_link']))
  expectError(await send(server.endpoint, { target: pathname + search }), 404, 'CDN.0003')
  while ((await filesOnDisk()) > 0) await delay(20)

  expect((await server.call('POST', `${tasks}/${id}/retry`)).json).toMatchObject({ state: 'waiting', manifest: null })
  const again = await untilState(id, 'success')
  const file = await server.raw(String(again['download_link']))
  expect([file.status, again['sha256']]).toEqual([200, made['sha256']])

  await untilState(id, 'expired')
  for (let status = 200; status !== 404; await delay(50)) ({ status } = await server.call('GET', `${tasks}/${id}`))
  expectError(await sendSigned(server, { target: `${tasks}/${id}` }), 404, 'CDN.0003')
  expect((await server.call('GET', target)).json).toEqual({ total: 0, data: [] })
})
