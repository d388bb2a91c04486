import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { startWorker } from '../../src/server/worker.ts'
import { silentLog, temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'
import { findPostgres, startTestPostgres } from '../harness/postgres.ts'
import { startTestServer } from '../harness/server.ts'

const source = findPostgres()
const reason = 'reason' in source ? ` (skipped: ${source.reason})` : ''

describe.skipIf('reason' in source)(`a worker where addresses are truncated${reason}`, () => {
  it('needs the master key of the servers, which it never makes', async () => {
    const postgres = await startTestPostgres(source as Exclude<typeof source, { reason: string }>)
    onTestFinished(() => postgres.stop())
    const engine = await startTestEngine()
    onTestFinished(() => engine.stop())
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const masterKey = Buffer.alloc(32, 3).toString('base64')
    const flags = {
      clickhouseUrl: engine.urlOf('default'),
      databaseUrl: (await postgres.createDatabase()).url,
      dataDir: place.path,
    }
    const start = (more: Record<string, string>) => startWorker(parseConfig({ ...flags, ...more }, {}), silentLog)
    const before = await start({})
    await before.stop()

    const server = await startTestServer({ ...flags, clientAddresses: 'truncated', masterKey })
    await server.stop()
    await expect(start({})).rejects.toThrow(
      /^--master-key \(FLUXPORT_MASTER_KEY\): it is not set, .* set that of the servers/,
    )
    const other = Buffer.alloc(32, 4).toString('base64')
    await expect(start({ masterKey: other })).rejects.toThrow(/master key does not open the key of client hashes/)
    await expect(access(join(place.path, 'master.key'))).rejects.toThrow(/ENOENT/)
    const worker = await start({ masterKey })
    await worker.stop()
  })
})
