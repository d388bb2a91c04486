import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestServer, type TestServer } from './harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const line = (second: string, bytes: number) =>
  `[01/Sep/2026:08:00:${second} +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "www.example.test" "/a.jpg" 200 ${bytes} HIT "curl/8.0" "-" 203.0.113.9\n`
const day = { start_time: Date.parse('2026-09-01T08:00:00+08:00'), end_time: Date.parse('2026-09-01T08:10:00+08:00') }

describe('the main job', () => {
  it('counts a log once, however often it is delivered, and exports it', async () => {
    const first = await server.load(line('01', 1000) + line('02', 500))
    expect(first.json).toMatchObject({ state: 'loaded', requests: 2, rejected_lines: 0, flux: 1500 })
    const again = await server.load(line('01', 1000) + line('02', 500))
    expect(again.json).toMatchObject({ state: 'duplicate', already_loaded_as: first.json['batch_id'] })
    const text = await server.exportText({ ...day, service_area: 'global', language: 'en' })
    expect(text.split('\r\n').slice(1)).toEqual([
      '"2026-09-01 08:00:00",1500,40,2,2,1500,,,,2,0,0,0',
      '"2026-09-01 08:05:00",,,,,,,,,,,,',
      '',
    ])
  })

  it('adds only the rest of a grown file, and a forgotten batch can be loaded again', async () => {
    const start = line('03', 10) + line('04', 20)
    const first = await server.load(start, { name: 'grown.log' })
    const grown = await server.load(start + line('05', 30), { name: 'grown.log' })
    expect(grown.json).toMatchObject({ state: 'loaded', requests: 1, flux: 30 })
    const forgotten = await server.call('DELETE', `/api/v1/log-batches/${first.json['batch_id']}`)
    expect(forgotten.json).toMatchObject({ state: 'forgotten' })
    const again = await server.load(start + line('05', 30), { name: 'grown.log' })
    expect(again.json).toMatchObject({ state: 'loaded', requests: 2, flux: 30 })
  })
})
