import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { ownAddress, type Receiver, startReceiver, withoutOwnAddress } from '../../../test/harness/receiver.ts'
import { post, postTimeoutMs } from './post.ts'
import { AddressRefused } from './public-address.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver({
    '/hangs': () => undefined,
    '/begins': (response) => void response.writeHead(200).write('x'),
    '/full': (response) => response.writeHead(507).end('x'.repeat(1_000_000)),
  })
})
afterAll(() => receiver.stop())

const never = new AbortController().signal
const send = (path: string, signal = never) =>
  post(new URL(receiver.url + path), '{"a":"ä"}', { headers: { 'X-A': 'b' }, allowPrivate: true, signal })

describe.skipIf(ownAddress === null)(`a post ${withoutOwnAddress}`, () => {
  it('sends headers and body, and answers the status', async () => {
    expect(await send('/ok')).toBe(204)
    expect(receiver.posts('/ok')[0]).toMatchObject({
      headers: { 'x-a': 'b', 'content-length': '10' },
      body: '{"a":"ä"}',
    })
    expect(await send('/full')).toBe(507)
  })

  // A time limit that only unreferenced objects hold would be collected with them.
  it.each(['/hangs', '/begins'])('ends in time, whatever the collector of garbage does meanwhile: %s', async (path) => {
    const startedMs = performance.now()
    const collecting = setInterval(collectGarbage, 50)
    await expect(send(path))
      .rejects.toThrow(`no answer within ${postTimeoutMs} ms`)
      .finally(() => clearInterval(collecting))
    expect(performance.now() - startedMs).toBeGreaterThan(postTimeoutMs - 100)
  })

  it('ends at once when it is stopped', async () => {
    const stop = new AbortController()
    const sending = send('/hangs', stop.signal)
    setTimeout(() => stop.abort(new Error('shutting down')), 50)
    await expect(sending).rejects.toThrow()
    await expect(send('/ok', stop.signal)).rejects.toThrow()
  })
})

describe('a post to this machine itself', () => {
  it.each([false, true])('goes nowhere, private addresses allowed or not (%s)', async (allowPrivate) => {
    const local = await startReceiver({}, '127.0.0.1')
    onTestFinished(local.stop)
    const options = { headers: {}, allowPrivate, signal: never }
    const { port } = new URL(local.url)
    for (const host of ['127.0.0.1', '127.0.0.2', '0.0.0.0', 'localhost', '[::1]', '[::]', '[::ffff:127.0.0.1]']) {
      const sending = (async () => post(new URL(`http://${host}:${port}/private`), '', options))()
      await expect(sending, host).rejects.toThrow(AddressRefused)
    }
    expect(local.posts('/private')).toEqual([])
  })
})
