import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import { openParts } from '../../src/parts/open-parts.ts'
import { createBackup } from '../../src/upkeep/backup/create-backup.ts'
import { restoreBackup } from '../../src/upkeep/backup/restore-backup.ts'
import { silentLog, temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'
import { clientsOf, distinctClients, logOf, rangeClients } from '../harness/privacy.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const truncated = { clientAddresses: 'truncated' }

for (const where of ['embedded', 'by URL'] as const) {
  describe(`a warehouse ${where}`, () => {
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>
    let engine: Awaited<ReturnType<typeof startTestEngine>> | null = null
    beforeAll(async () => {
      directory = await temporaryDirectory()
      if (where === 'by URL') engine = await startTestEngine()
    })
    afterAll(async () => {
      await engine?.stop()
      await directory.remove()
    })
    const at = (name: string) => join(directory.path, name)
    /** A database for each data directory. */
    const flagsOf = async (name: string): Promise<Record<string, string>> => {
      if (engine === null) return { dataDir: at(name) }
      await engine.warehouse.command(`CREATE DATABASE IF NOT EXISTS ${name}`)
      return { dataDir: at(name), clickhouseUrl: engine.urlOf(name) }
    }
    const during = async <T>(name: string, flags: Record<string, string>, work: (server: TestServer) => Promise<T>) => {
      const server = await startTestServer({ ...(await flagsOf(name)), ...flags })
      try {
        return await work(server)
      } finally {
        await server.stop()
      }
    }
    const parts = { during, at, flagsOf }
    changeRules(parts)
    if (where === 'embedded') restoreRules(parts)
  })
}

type Place = {
  during<T>(name: string, flags: Record<string, string>, work: (server: TestServer) => Promise<T>): Promise<T>
  at(name: string): string
  flagsOf(name: string): Promise<Record<string, string>>
}

/** Clients 0 to 40, loaded whole; 20 to 60 in part; and 50 to 80 whole again. */
const first = clientsOf(0, 40)
const second = clientsOf(20, 60)
const third = clientsOf(50, 80)

const loaded = async (server: TestServer, clients: string[], name: string): Promise<Json> => {
  const { json, text } = await server.load(logOf(clients, name), { name: `${name}.log` })
  expect(json['state'], text).toBe('loaded')
  return json
}

/** How many requests have a hash, and how many addresses there are. */
const stored = async (server: TestServer) => {
  // A server by URL is not the one that the harness looks into: its own answers tell.
  const { json } = await server.call('GET', '/api/v1/log-batches')
  return (json['batches'] as Json[]).map((batch) => batch['client_addresses']).reverse()
}

function changeRules({ during }: Place) {
  it('counts a client once whichever way it was loaded: whole, in part, whole again', async () => {
    await during('changes', {}, async (server) => {
      await loaded(server, first, 'a')
      expect(await rangeClients(server)).toBe(distinctClients(first))
    })
    await during('changes', truncated, async (server) => {
      await loaded(server, second, 'b')
      expect(await rangeClients(server)).toBe(distinctClients([...first, ...second]))
    })
    await during('changes', {}, async (server) => {
      await loaded(server, third, 'c')
      expect(await rangeClients(server)).toBe(distinctClients([...first, ...second, ...third]))
      expect(await stored(server)).toEqual(['full', 'truncated', 'full'])
    })
  })

  it('counts the same after a restart, and when a log is forgotten and loaded again', async () => {
    const batch = await during('again', truncated, (server) => loaded(server, first, 'a'))
    await during('again', truncated, async (server) => {
      await loaded(server, second, 'b')
      expect(await rangeClients(server)).toBe(distinctClients([...first, ...second]))
      const same = await server.load(logOf(first, 'a'), { name: 'a.log' })
      expect(same.json).toMatchObject({ state: 'duplicate', already_loaded_as: batch['batch_id'] })
    })
    await during('again', { queryStrings: 'drop' }, async (server) => {
      await server.call('DELETE', `/api/v1/log-batches/${batch['batch_id']}`)
      expect(await rangeClients(server)).toBe(distinctClients(second))
      expect(await loaded(server, first, 'a')).toMatchObject({ client_addresses: 'full', query_strings: 'drop' })
      expect(await rangeClients(server)).toBe(distinctClients([...first, ...second]))
    })
  })
}

function restoreRules({ during, at, flagsOf }: Place) {
  it('is restored with the key: clients stay who they are', async () => {
    await during('original', truncated, (server) => loaded(server, first, 'a'))
    const signal = new AbortController().signal
    const config = (flags: Record<string, string>) => parseConfig({ logLevel: 'silent', ...flags }, {})
    const parts = await openParts(config(await flagsOf('original')), silentLog)
    const dataDir = at('original')
    const asked = { directory: at('backup'), withSecrets: true }
    const { files } = await createBackup({ ...parts, dataDir }, asked, signal)
    const sql = `SELECT groupArray(name) AS names FROM (SELECT name FROM system.columns
      WHERE database = currentDatabase() AND table = 'request' ORDER BY position)`
    const [columns] = await parts.warehouse.rows<{ names: string[] }>(sql)
    await parts.close()
    expect(files.find((file) => file.table === 'request')?.columns).toEqual(columns?.names)
    const options = { acceptsUnsealed: false, log: silentLog }
    await restoreBackup(config(await flagsOf('restored')), at('backup'), options, signal)
    await during('restored', truncated, async (server) => {
      expect(await rangeClients(server)).toBe(distinctClients(first))
      await loaded(server, second, 'b')
      expect(await rangeClients(server)).toBe(distinctClients([...first, ...second]))
    })
  })

  it('keeps the hashes when a load is written again out of its own requests', async () => {
    await during('repaired', truncated, async (server) => {
      await loaded(server, first, 'a')
      await server.warehouse.command('ALTER TABLE usage DELETE WHERE true SETTINGS mutations_sync = 2')
      const check = async (repair: boolean) =>
        (await server.call('POST', '/api/v1/consistency-checks', { repair })).json['findings']
      // A load that is being rolled up is left alone.
      await expect.poll(() => check(true), { timeout: 20_000 }).toMatchObject([{ repaired: true }])
      expect(await check(false)).toEqual([])
      await loaded(server, second, 'b')
      expect(await rangeClients(server)).toBe(distinctClients([...first, ...second]))
    })
  })

  it('does not start under another master key than its key of hashes is sealed with', async () => {
    await during('keyed', truncated, (server) => loaded(server, first, 'a'))
    const masterKey = Buffer.alloc(32, 7).toString('base64')
    await expect(startTestServer({ ...(await flagsOf('keyed')), ...truncated, masterKey })).rejects.toThrow(
      /no secret in the database opens with this master key/,
    )
    expect(await readFile(join(at('keyed'), 'master.key'), 'utf8')).not.toBe(masterKey)
  })
}
