import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openSecretBox, parseMasterKey } from '../../src/auth/secret-box.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, newAccount } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** A data directory whose servers come and go. */
async function place() {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  const during = async <T>(
    work: (server: TestServer) => Promise<T>,
    flags: Record<string, string> = {},
  ): Promise<T> => {
    const server = await startTestServer({ dataDir, ...flags })
    try {
      return await work(server)
    } finally {
      await server.stop()
    }
  }
  return { dataDir, during, path: directory.path }
}

const status = async (server: TestServer, key: Key, path = '/api/v1/accounts') =>
  (await server.call('GET', path, undefined, key)).status

describe('fluxport keys create --offline', () => {
  it('makes an operator key where none is left that is known, with the server stopped, and records it', async () => {
    const { dataDir, during } = await place()
    const running = await during((server) =>
      runCommand(server.dataDir, 'keys', 'create', '--offline', '--role', 'operator'),
    )
    expect([running.code, running.err]).toEqual([
      1,
      expect.stringMatching(/is using the data directory.*Stop it first/),
    ])
    await rm(join(dataDir, 'credentials.json'))
    const made = await runCommand(dataDir, 'keys', 'create', '--offline', '--role', 'operator', '--description', 'lost')
    expect([made.code, made.err]).toEqual([0, 'The secret is shown this once.\n'])
    const key = JSON.parse(made.out) as Key
    await writeFile(join(dataDir, 'credentials.json'), JSON.stringify({ endpoint: '', ...key }))
    await during(async (server) => {
      expect(await status(server, key)).toBe(200)
      const { json } = await server.call('GET', '/api/v1/audit?action=access_key.created', undefined, key)
      expect((json['events'] as Json[])[0]).toMatchObject({ actor: 'offline', object: key.access_key })
    })
  })

  it('says what is wrong: no such place, account or key to the secrets', async () => {
    const { dataDir, during, path } = await place()
    const customer = await during((server) => newAccount(server, 'customer'))
    const create = (...flags: string[]) => runCommand(dataDir, 'keys', 'create', '--offline', ...flags)
    const errors = [
      [await create('--role', 'root'), /--role: it is not one of operator, account, ingest/],
      [await create('--role', 'account', '--account', 'nobody'), /--account: there is no such account/],
      [await create('--role', 'account', '--source', 'edge'), /limit ingest keys alone/],
      [await create('--role', 'operator', '--account', customer.account_id), /--role: .*of the first account alone/],
      [await create('--role', 'account', '--expires', 'soon'), /--expires: it is not days like 90d/],
      [await create('--role', 'operator', '--master-key', Buffer.alloc(32).toString('base64')), /no secret.*opens/],
      [await create('--role', 'operator', '--data-dir', join(path, 'elsewhere')), /has no database of a server/],
    ] as const
    for (const [ran, text] of errors) expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(text)])
    expect(existsSync(join(path, 'elsewhere'))).toBe(false)
    const ingest = await create('--role', 'ingest', '--source', 'edge', '--expires', '90d')
    expect(JSON.parse(ingest.out)).toMatchObject({ role: 'ingest', ingest_token: expect.stringMatching(/^FLX.+\..+/) })
  })
})

describe('fluxport keys reseal', () => {
  it('has every secret open under the new key alone, and links and webhooks stay as they are', async () => {
    const { dataDir, during } = await place()
    const before = await during(
      async (server) => {
        await server.load(huaweiLine())
        const account = await newAccount(server, 'customer')
        await server.exportText({})
        const { json } = await server.call('GET', '/v1/cdn/statistics/export-tasks?limit=1')
        const [task] = json['data'] as Json[]
        const secret = async (key: Key) => (await server.call('GET', '/api/v1/webhook-secret', undefined, key)).json
        return {
          account,
          link: new URL(String(task?.['download_link'])),
          secrets: [await secret(server.credentials), await secret(account)],
        }
      },
      { clientAddresses: 'truncated' },
    )
    const oldKey = await readFile(join(dataDir, 'master.key'), 'utf8')
    const ran = await runCommand(dataDir, 'keys', 'reseal')
    expect([ran.code, ran.out]).toEqual([0, expect.stringMatching(/^2 keys and 5 other secrets are sealed/)])
    const newKey = await readFile(join(dataDir, 'master.key'), 'utf8')
    expect(newKey).not.toBe(oldKey)
    const [retired = ''] = (await readdir(dataDir)).filter((name) => name.startsWith('master.key.until-'))
    expect(await readFile(join(dataDir, retired), 'utf8')).toBe(oldKey)
    expect((await stat(join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600)
    await during(
      async (server) => {
        expect([await status(server, server.credentials), await status(server, before.account)]).toEqual([200, 403])
        expect((await fetch(new URL(before.link.pathname + before.link.search, server.endpoint))).status).toBe(200)
        const secret = async (key: Key) => (await server.call('GET', '/api/v1/webhook-secret', undefined, key)).json
        expect([await secret(server.credentials), await secret(before.account)]).toEqual(before.secrets)
        const { json } = await server.call('GET', '/api/v1/audit?action=master_key.resealed')
        expect(json['events']).toHaveLength(1)
      },
      { clientAddresses: 'truncated' },
    )
    const started = startTestServer({ dataDir, masterKey: oldKey.trim() })
    await expect(started).rejects.toThrow(/no secret in the database opens with this master key/)
  })

  it('takes a key that is in no file, and wants the new one said then', async () => {
    const { dataDir, during } = await place()
    const [oldKey, newKey] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [string, string]
    await during(async () => undefined, { masterKey: oldKey })
    const asked = await runCommand(dataDir, 'keys', 'reseal', '--master-key', oldKey)
    expect([asked.code, asked.err]).toEqual([1, expect.stringMatching(/--new-master-key .*say the new key/)])
    const wrong = await runCommand(dataDir, 'keys', 'reseal', '--master-key', oldKey, '--new-master-key', 'x')
    expect(wrong.err).toMatch(/--new-master-key.*must be 32 bytes in base64/)
    const ran = await runCommand(dataDir, 'keys', 'reseal', '--master-key', oldKey, '--new-master-key', newKey)
    expect([ran.code, ran.err]).toEqual([0, expect.stringMatching(/Start every server with the new one/)])
    await during(async (server) => expect(await status(server, server.credentials)).toBe(200), { masterKey: newKey })
  })

  it('leaves the old state or the new one when it is killed, and the next start ends it', async () => {
    const { dataDir, during } = await place()
    await during(async (server) => {
      for (let n = 0; n < 300; n++) await server.call('POST', '/api/v1/access-keys', { role: 'account' })
    })
    const seen = new Set<string>()
    for (let round = 0; round < 8; round++) {
      const child = spawn(process.execPath, [main, 'keys', 'reseal', '--data-dir', dataDir], { stdio: 'ignore' })
      const closed = once(child, 'close')
      while (!existsSync(join(dataDir, 'master.key.new')) && child.exitCode === null) await delay(1)
      await delay(round * 4)
      child.kill('SIGKILL')
      await closed
      seen.add(await stateOf(dataDir))
      // Any command on the directory ends what was begun.
      const made = await runCommand(dataDir, 'keys', 'create', '--offline', '--role', 'ingest')
      expect(made.code, made.err).toBe(0)
      expect(await stateOf(dataDir)).toBe('master.key alone')
    }
    expect([...seen]).not.toContain('neither')
    await during(async (server) => expect(await status(server, server.credentials)).toBe(200))
  })
})

/** Which of the keys in a directory opens all of its secrets. */
async function stateOf(dataDir: string): Promise<string> {
  const ledger = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'))
  const rows = [
    ...ledger.prepare('select access_key as context, secret_sealed as sealed from access_key').all(),
    ...ledger.prepare('select name as context, sealed from own_secret').all(),
  ] as { context: string; sealed: string }[]
  ledger.close()
  const opensAll = async (name: string) => {
    const box = openSecretBox(parseMasterKey(await readFile(join(dataDir, name), 'utf8')))
    try {
      for (const { sealed, context } of rows) box.open(sealed, context)
      return true
    } catch {
      return false
    }
  }
  const [old, hasNew] = [await opensAll('master.key'), existsSync(join(dataDir, 'master.key.new'))]
  if (old) return hasNew ? 'old' : 'master.key alone'
  return hasNew && (await opensAll('master.key.new')) ? 'new' : 'neither'
}
