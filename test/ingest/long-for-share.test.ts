import { expect, it, onTestFinished } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, newKey } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'
import { deliverBy } from '../harness/tenants.ts'

it.each([
  ['an account may have', { spoolBytesPerAccountMax: '200000' }, 200_000],
  ['is left free for others', { spoolBytesMax: '600000' }, 300_000],
])('a log that is longer than %s is refused for good, and not told to come again', async (_, flags, share) => {
  const server = await startTestServer(flags)
  onTestFinished(() => server.stop())
  const { ingest_token: token } = await newKey(server, { role: 'ingest' })
  const line = huaweiLine()
  const log = (bytes: number) => line.repeat(Math.floor(bytes / line.length))
  const refused = await deliverBy(server, token, log(share + 150_000), { name: 'long.log' })
  const text = expectError(refused, 413, 'CDN.0005')
  expect(text).toMatch(/^The log has \d+ bytes or more, which is more than an account's share of received bytes, \d+ /)
  expect(text).toContain(` ${share} (--spool-bytes-per-account-max`)
  expect(refused.headers['retry-after']).toBeUndefined()
  // The bytes of the other are counted for a second still.
  const taken = () => deliverBy(server, token, log(share - 50_000), { name: 'short.log' })
  await expect.poll(async () => (await taken()).json['state'], { timeout: 20_000, interval: 500 }).toBe('loaded')
})
