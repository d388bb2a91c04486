import { existsSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestServer } from '../harness/server.ts'

/** A data directory on which a server has run, and what lies in it then. */
async function servedOnce(flags: Record<string, string> = {}) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  const server = await startTestServer({ dataDir, ...flags })
  await server.stop()
  return { dataDir, path: directory.path, names: async () => (await readdir(dataDir)).sort() }
}

const masterKey = Buffer.alloc(32, 7).toString('base64')

describe('fluxport doctor makes nothing', () => {
  it('where no server has been: it says so, and exits with 1', async () => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const typo = join(directory.path, 'typo')
    for (const place of [typo, directory.path]) {
      const { code, out } = await runCommand(place, 'doctor', '--deep')
      expect([code, out]).toEqual([1, expect.stringMatching(/^BAD {3}database +there is nothing of a server in /m)])
    }
    expect(await readdir(directory.path)).toEqual([])
  })

  it('of a master key that is set elsewhere: no key is made, by serve neither, and one that opens nothing is told', async () => {
    const { dataDir, names } = await servedOnce({ masterKey })
    const before = await names()
    const lacking = await runCommand(dataDir, 'doctor')
    expect([lacking.code, lacking.out]).toEqual([1, expect.stringMatching(/^BAD {3}master key .*it is not set/m)])
    expect((await runCommand(dataDir, 'doctor', '--deep')).code).toBe(1)
    await expect(startTestServer({ dataDir })).rejects.toThrow(/--master-key .*it is not set/)
    expect(await names()).toEqual(before)
    expect(existsSync(join(dataDir, 'master.key'))).toBe(false)
    const other = Buffer.alloc(32, 8).toString('base64')
    const wrong = await runCommand(dataDir, 'doctor', '--master-key', other)
    expect([wrong.code, wrong.out]).toEqual([1, expect.stringMatching(/^BAD {3}master key .*no secret.*opens/m)])
    const right = await runCommand(dataDir, 'doctor', '--master-key', masterKey)
    expect([right.code, right.out]).toEqual([0, expect.stringMatching(/^ok {4}master key .*opens the database/m)])
  })
})

it('a backup is not sealed under a master key that opens nothing of the database', async () => {
  const { dataDir, path } = await servedOnce({ masterKey })
  await writeFile(join(dataDir, 'master.key'), `${Buffer.alloc(32, 9).toString('base64')}\n`, { mode: 0o600 })
  const { code, err } = await runCommand(dataDir, 'backup', join(path, 'backup'))
  expect([code, err]).toEqual([1, expect.stringMatching(/no secret in the database opens with this master key/)])
  expect(existsSync(join(path, 'backup'))).toBe(false)
})

it('exits with 1 on a warning when it is strict', async () => {
  const { dataDir } = await servedOnce()
  const [plain, strict] = [
    await runCommand(dataDir, 'doctor', '--keep-audit-days', '7'),
    await runCommand(dataDir, 'doctor', '--keep-audit-days', '7', '--strict'),
  ]
  expect([plain.code, strict.code]).toEqual([0, 1])
  for (const { out } of [plain, strict]) expect(out).toMatch(/^WARN {2}safety .*7 days/m)
})

it('judges the settings that the running server was started with, and that its engine is not confined', async () => {
  const settings = { host: '0.0.0.0', webhookAllowPrivate: 'yes', keepAuditDays: '30', webhookHttpLinks: 'yes' }
  const server = await startTestServer({
    ...settings,
    publicUrl: 'http://stats.example.test',
    metricsAddress: '0.0.0.0:0',
  })
  onTestFinished(() => server.stop())
  const { out } = await runCommand(server.dataDir, 'doctor')
  const texts = ['0.0.0.0 is reached', '--webhook-allow-private', '30 days', '--webhook-http-links', '--public-url']
  for (const text of [...texts, '--metrics-address', 'that the running server was started with'])
    expect(out).toContain(text)
  expect(out).not.toContain('not confined')
  const path = join(server.dataDir, 'server.json')
  const running = JSON.parse(await readFile(path, 'utf8')) as object
  await writeFile(path, JSON.stringify({ ...running, engine_confined: false }))
  expect((await runCommand(server.dataDir, 'doctor')).out).toMatch(/^WARN {2}engine +not confined/m)
  await rm(path)
})
