import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { newAccount } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

/** What `bill` and `month` say beside their figures. */

let server: TestServer
let customer: Key & { account_id: string }
let directory: { path: string; remove(): Promise<void> }
beforeAll(async () => {
  server = await startTestServer()
  customer = await newAccount(server, 'acme')
  await server.call('PUT', '/api/v1/domains/www.acme.test', { account_id: customer.account_id })
  const days = Array.from({ length: 31 }, (_, n) =>
    huaweiLine({ domain: 'www.acme.test', time: `${String(n + 1).padStart(2, '0')}/Aug/2026:12:00:00 +0800` }),
  )
  // Beyond the month, so that all of it is reported.
  const after = huaweiLine({ domain: 'www.acme.test', time: '03/Sep/2026:12:00:00 +0800' })
  const before = huaweiLine({ domain: 'www.acme.test', time: '30/Jul/2026:12:00:00 +0800' })
  await server.load(before + days.join('') + after, { name: 'whole.log', source: 'edge' })
})
afterAll(() => server.stop())
beforeEach(async () => {
  directory = await temporaryDirectory()
  return directory.remove
})

const run = async (...args: string[]) => {
  const ran = await runCommand(server.dataDir, ...args)
  expect(ran.code, ran.err).toBe(0)
  return ran.out + ran.err
}
const bill = (...args: string[]) =>
  run('bill', '--month', '2026-08', '--output', join(directory.path, 'bill.xlsx'), ...args)

describe('fluxport bill', () => {
  it('is complete as far as is known while nothing was refused, and says its zone', async () => {
    const said = await bill('--account', 'acme')
    expect(said).toContain('complete as far as is known: 8,928 of 8,928 buckets are reported')
    expect(said).toContain('time zone of days and months: Asia/Shanghai')
  })

  it('never calls a bill complete beside a refused or a quarantined file', async () => {
    const junk = 'no line\n'.repeat(20)
    const line = huaweiLine({ domain: 'www.acme.test', time: '09/Aug/2026:13:00:00 +0800' })
    await server.load(junk, { name: 'cut-20260807.log', source: 'edge' })
    const quarantined = await server.load(line.repeat(20) + junk, { name: 'half-20260809.log', source: 'edge' })
    expect(quarantined.json['state']).toBe('quarantined')
    const said = await bill('--account', 'all')
    expect(said).not.toContain('complete as far as is known')
    expect(said).toContain('not known to be complete: 2 refused files, though no bucket is open')
    expect(said).toMatch(/deliveries: batch \d+ of source .*: edge, half-20260809\.log/)
  })

  it('says that there is nothing to bill of an account without domains', async () => {
    await newAccount(server, 'nobody')
    const said = await bill('--account', 'nobody')
    expect(said).toContain('nothing to bill: account nobody has no domains')
    expect(said).not.toContain('complete')
  })
})

describe('fluxport month', () => {
  it('has the zone of the flag, else the account’s, else the server’s, as a bill has', async () => {
    const zones = async (...args: string[]) => [
      /^day \((.*?)\)/m.exec(await run('month', '2026-08', ...args))?.[1],
      /time zone of days and months: (\S+)/.exec(await bill(...args))?.[1],
    ]
    const own = server.credentials.account_id
    await server.load(huaweiLine({ domain: 'www.own.test' }), { name: 'own.log' })
    expect(await zones()).toEqual(['Asia/Shanghai', 'Asia/Shanghai'])
    await run('accounts', 'set', own, '--default-time-zone', 'Europe/Berlin')
    expect(await zones()).toEqual(['Europe/Berlin', 'Europe/Berlin'])
    expect(await zones('--time-zone', 'UTC')).toEqual(['UTC', 'UTC'])
    await run('accounts', 'set', own, '--unset', 'default-time-zone')
  })

  it('names the account of a refused file where it is asked about several', async () => {
    const first = (await server.call('GET', '/api/v1/account')).json['name']
    expect(await run('month', '2026-08', '--account', 'all')).toMatch(
      new RegExp(`batch \\d+ of source ${first}: edge, cut-20260807\\.log`),
    )
  })

  it('says that an account has no domains, and not that nothing is missing', async () => {
    const said = await run('month', '2026-08', '--account', 'nobody')
    expect(said).toContain('no day of 2026-08 (Asia/Shanghai): no domain belongs to account nobody')
    expect(said).not.toContain('nothing is missing')
  })
})
