import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openClient } from '../../src/cli/client.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'

let directory: { path: string; remove(): Promise<void> }
let dataDir: string
beforeAll(async () => {
  directory = await temporaryDirectory()
  dataDir = join(directory.path, 'data')
  await mkdir(dataDir)
  const own = { endpoint: 'http://127.0.0.1:1', account_id: 'a', access_key: 'OWN', secret_key: 'own-secret' }
  await writeFile(join(dataDir, 'credentials.json'), JSON.stringify(own))
})
afterAll(() => directory.remove())

describe('an access key', () => {
  it.each([
    [{ accessKey: 'X' }, {}, /--access-key is given without --secret-key/],
    [{ secretKey: 'x' }, {}, /--secret-key is given without --access-key/],
    [{ accessKey: 'X' }, { FLUXPORT_AK: 'E', FLUXPORT_SK: 'e' }, /--access-key is given without --secret-key/],
    [{}, { FLUXPORT_AK: 'E' }, /FLUXPORT_AK is given without FLUXPORT_SK/],
    [{}, { FLUXPORT_SK: 'e' }, /FLUXPORT_SK is given without FLUXPORT_AK/],
    [{}, { HUAWEICLOUD_SDK_SK: 'e' }, /HUAWEICLOUD_SDK_SK is given without HUAWEICLOUD_SDK_AK/],
    [{ accessKey: 'X', secretKey: '' }, {}, /--access-key is given without --secret-key/],
  ])('is refused by halves: %j, %j', async (flags, environment, problem) => {
    await expect(openClient({ dataDir, ...flags }, environment)).rejects.toThrow(problem)
  })

  it.each([
    [{ accessKey: 'X', secretKey: 'x' }, { FLUXPORT_AK: 'E' }],
    [{}, { FLUXPORT_AK: 'E', FLUXPORT_SK: 'e', CLOUD_SDK_AK: 'F' }],
    [{}, { FLUXPORT_AK: '' }],
  ])('is taken whole from the first place that has one: %j, %j', async (flags, environment) => {
    await expect(openClient({ dataDir, ...flags }, environment)).resolves.toBeDefined()
  })
})

describe('fluxport backup', () => {
  it('refuses a directory on which no server has run, and makes nothing there', async () => {
    const empty = join(directory.path, 'empty')
    await mkdir(empty)
    const ran = await runCommand(empty, 'backup', join(directory.path, 'to'))
    expect([ran.code, ran.err]).toEqual([
      1,
      expect.stringMatching(/has no database .* no engine .*no server has run on it/),
    ])
    expect(await readdir(empty)).toEqual([])
    const nowhere = await runCommand(join(directory.path, 'nowhere'), 'backup', join(directory.path, 'to'))
    expect(nowhere.err).toMatch(/There is no data directory .*--data-dir/)
  })
})

describe('help', () => {
  it.each(['doctor', 'worker'])('of %s has its own options, and names where the others stand', async (command) => {
    const { out } = await runCommand(dataDir, command, '--help')
    expect(out).toContain('fluxport serve --help')
    expect(out).toContain('--database-url')
    expect(out).not.toMatch(/--billing-discard-percent|--push-group-seconds/)
    expect(out.split('\n').length).toBeLessThan(75)
  })
})
