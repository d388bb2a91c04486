import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { embeddedAddress } from '../../src/parts/open-parts.ts'
import { openClickHouse } from '../../src/ports/warehouse/clickhouse.ts'
import { openEngineAccess, readEngineAccess } from '../../src/ports/warehouse/engine/engine-access.ts'
import { enginePaths } from '../../src/ports/warehouse/engine/engine-config.ts'
import { startEngineHost } from '../../src/ports/warehouse/engine/engine-host.ts'
import { WarehouseRefused } from '../../src/ports/warehouse/warehouse.ts'
import { silentLog, temporaryDirectory } from '../harness/directory.ts'
import { startTestEngine } from '../harness/engine.ts'

const masterKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='
const memoryBytesMax = 2 * 1024 ** 3

let engine: Awaited<ReturnType<typeof startTestEngine>>
beforeAll(async () => {
  process.env['FLUXPORT_MASTER_KEY'] = masterKey
  engine = await startTestEngine()
  delete process.env['FLUXPORT_MASTER_KEY']
  await engine.warehouse.command('CREATE TABLE secret (text String) ENGINE = MergeTree ORDER BY text')
  await engine.warehouse.command(`INSERT INTO secret VALUES ('hidden')`)
})
afterAll(() => engine.stop())

/** Ports that a process listens on: of each of its sockets that the kernel lists as listening. */
function listeningPorts(processId: number): number[] {
  const sockets = new Set(readdirSync(`/proc/${processId}/fd`).map((fd) => linkOf(`/proc/${processId}/fd/${fd}`)))
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/${processId}/net/${name}`, 'utf8').trim().split('\n').slice(1),
  )
  const fields = lines.map((line) => line.trim().split(/\s+/))
  const ours = fields.filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(`socket:[${inode}]`))
  return ours.map(([, address = '']) => Number.parseInt(address.split(':')[1] ?? '', 16))
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return '' // closed meanwhile
  }
}

/** A request as a stranger can make it; `fetch` refuses some of these. */
async function ask(port: number, method: string, path: string, headers: Record<string, string>, body = '') {
  const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (piece) => {
        text += piece
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end(body)
  })
  return answer
}

const statements = (directory: string) => [
  'SELECT 1',
  'SELECT * FROM secret',
  'SELECT * FROM system.processes',
  `SELECT file('/etc/passwd')`,
  `SELECT file('${join(directory, 'access.json')}')`,
  `SELECT file('/proc/self/environ')`,
  `SELECT * FROM file('/etc/passwd', LineAsString, 'line String')`,
  `SELECT * FROM url('http://127.0.0.1:1/', LineAsString, 'line String')`,
  'SYSTEM STOP LISTEN HTTP',
  'SELECT sum(number) FROM numbers(10)',
]

describe.runIf(process.platform === 'linux')('a stranger on loopback gets nothing', () => {
  it('from any port but the one for requests, as there is no other', () => {
    expect(listeningPorts(engine.host.processId())).toEqual([Number(new URL(engine.host.url).port)])
  })

  it.each([
    { who: 'nobody', headers: {} },
    { who: 'default', headers: { 'X-ClickHouse-User': 'default', 'X-ClickHouse-Key': '' } },
    { who: 'default by password', headers: { Authorization: `Basic ${Buffer.from('default:').toString('base64')}` } },
    { who: 'the dictionaries’ user', headers: { 'X-ClickHouse-User': 'fluxport_dictionaries' } },
    { who: 'our own user, password and all', headers: 'ours' as const },
    { who: 'our own user with an empty header', headers: 'ours' as const, secret: '' },
    { who: 'our own user with another header', headers: 'ours' as const, secret: 'a'.repeat(64) },
  ])('as $who, from any path and by any statement', async ({ headers, secret }) => {
    const { user, password } = engine.host
    const own = { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password }
    const sent = {
      ...(headers === 'ours' ? own : headers),
      ...(secret === undefined ? {} : { 'X-Fluxport-Engine': secret }),
    }
    for (const port of listeningPorts(engine.host.processId())) {
      const paths = ['/', '/ping', '/play', '/dashboard', '/replicas_status', '/metrics', '/binary', '/merges', '/x/y']
      for (const path of [...paths, '/?query=SELECT%201', `/?user=${user}&password=${password}&query=SELECT%201`]) {
        const { status, text } = await ask(port, 'GET', path, sent)
        expect([path, status]).toEqual([path, 404])
        expect(text).not.toMatch(/^1$/m)
      }
      for (const sql of statements(engine.directory)) {
        const { status, text } = await ask(port, 'POST', '/', sent, sql)
        expect([sql, status]).toEqual([sql, 404])
        expect(text).not.toMatch(/root:|hidden|password|secret/)
      }
      for (const method of ['HEAD', 'OPTIONS', 'PUT', 'DELETE']) {
        const { status, text } = await ask(port, method, '/', sent)
        expect([404, 501]).toContain(status)
        expect(text).toBe('')
      }
    }
    expect(await engine.warehouse.rows('SELECT text FROM secret')).toEqual([{ text: 'hidden' }])
  })

  it('of the files that tell how to ask', () => {
    const { config, users, access, log } = enginePaths(engine.directory)
    for (const path of [config, users, access, log]) expect([path, statSync(path).mode & 0o077]).toEqual([path, 0])
    expect(readFileSync(users, 'utf8')).not.toContain(engine.host.password)
  })
})

describe('secrets of the engine', () => {
  it('stay from start to start, and are new when others could read them', async () => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const first = await openEngineAccess(directory.path)
    expect(await openEngineAccess(directory.path)).toEqual(first)
    const path = join(directory.path, 'access.json')
    await writeFile(path, await readFile(path), { mode: 0o600 })
    const { chmod } = await import('node:fs/promises')
    await chmod(path, 0o644)
    const second = await openEngineAccess(directory.path)
    expect(second.password).not.toBe(first.password)
    expect(second.headers).not.toEqual(first.headers)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(await readEngineAccess(directory.path)).toEqual(second)
  })
})

const refusal = async (sql: string) => {
  const thrown: unknown = await engine.warehouse.command(sql).catch((error: unknown) => error)
  return thrown instanceof WarehouseRefused ? thrown.code : thrown
}

/** Whether this machine's kernel can confine a process; where it cannot, the engine reads what its user may. */
const isConfining = () => engine.host.readableDirectories !== null

describe('the engine for its own server', () => {
  it.runIf(process.platform === 'linux')('has an environment of its own', async () => {
    const names = readFileSync(`/proc/${engine.host.processId()}/environ`, 'utf8').split('\0').filter(Boolean)
    expect(names.join(' ')).not.toContain(masterKey)
    const allowed = ['PATH', 'LANG', 'LC_ALL', 'TZ', 'LD_LIBRARY_PATH', 'UV_THREADPOOL_SIZE']
    for (const name of names) expect(allowed).toContain(name.split('=')[0])
  })

  it('grants our user nothing of users, other sources and the machine', async () => {
    for (const sql of [
      'CREATE USER stranger',
      'GRANT ALL ON *.* TO default',
      `SELECT * FROM url('http://127.0.0.1:1/', LineAsString, 'line String')`,
      `SELECT * FROM remote('127.0.0.1', default, secret)`,
      `SELECT * FROM executable('cat', LineAsString, 'line String')`,
      `INSERT INTO FUNCTION file('/tmp/fluxport-stranger.csv', CSV, 'n UInt8') VALUES (1)`,
      'CREATE TABLE t (n UInt8) ENGINE = File(CSV)',
      'SYSTEM SHUTDOWN',
      'SYSTEM START LISTEN TCP',
    ])
      expect([sql, await refusal(sql)]).toEqual([sql, sql.includes('executable') ? 1 : 497]) // UNSUPPORTED_METHOD, ACCESS_DENIED
  })

  it('opens no file but its own and those of logs, by whatever name', async (context) => {
    context.skip(!isConfining(), 'this kernel has no landlock')
    const elsewhere = await temporaryDirectory()
    const directory = await temporaryDirectory()
    onTestFinished(async () => void (await Promise.all([elsewhere.remove(), directory.remove()])))
    const spool = join(directory.path, 'spool')
    await mkdir(spool)
    await writeFile(join(spool, 'inside'), 'inside\n')
    await writeFile(join(elsewhere.path, 'outside'), 'outside\n')
    await symlink(join(elsewhere.path, 'outside'), join(spool, 'link'))
    const options = { directory: join(directory.path, 'engine'), readableDirectories: [spool], memoryBytesMax }
    const host = await startEngineHost({ ...options, log: silentLog })
    const warehouse = openClickHouse(embeddedAddress(host))
    onTestFinished(async () => {
      await warehouse.close()
      await host.stop()
    })
    const read = (path: string) =>
      warehouse.rows(`SELECT line FROM file({path:String}, 'LineAsString', 'line String')`, { path })
    const readWhole = (path: string) => warehouse.rows('SELECT file({path:String}) AS line', { path })
    expect(await read(join(spool, 'inside'))).toEqual([{ line: 'inside' }])
    for (const path of [
      join(elsewhere.path, 'outside'),
      join(spool, 'link'),
      join(spool, '..', '..', elsewhere.path.split('/').pop() ?? '', 'outside'),
      join(options.directory, 'access.json'),
      '/etc/passwd',
      `/proc/${process.pid}/environ`,
      `/proc/self/root/etc/passwd`,
    ]) {
      await expect(readWhole(path), path).rejects.toMatchObject({ code: 76 }) // CANNOT_OPEN_FILE
      await expect(read(path), path).rejects.toMatchObject({ code: 76 })
    }
    // What a log is, it is sent the bytes of.
    await warehouse.command('CREATE TABLE log (line String) ENGINE = MergeTree ORDER BY tuple()')
    const run = { queryId: 'outside', signal: new AbortController().signal }
    const log = { path: join(spool, 'link'), compression: 'none' as const }
    await warehouse.insertLines((lines) => `INSERT INTO log SELECT line FROM ${lines}`, log, {}, run)
    expect(await warehouse.rows('SELECT line FROM log')).toEqual([{ line: 'outside' }])
  })

  it('runs no program and opens no connection, though a dictionary of SQL may name one', async (context) => {
    context.skip(!isConfining(), 'this kernel has no landlock')
    const marks = await temporaryDirectory()
    onTestFinished(marks.remove)
    const mark = join(marks.path, 'ran')
    for (const [name, source] of [
      ['program', `EXECUTABLE(command 'touch ${mark}' format 'CSV')`],
      ['fetch', `HTTP(url 'http://127.0.0.1:${new URL(engine.host.url).port}/' format 'CSV')`],
    ]) {
      await engine.warehouse.command(
        `CREATE DICTIONARY ${name} (n UInt64, r String) PRIMARY KEY n SOURCE(${source}) LAYOUT(FLAT()) LIFETIME(0)`,
      )
      await expect(
        engine.warehouse.rows(`SELECT dictGet('${name}', 'r', 1) SETTINGS http_max_tries = 1`),
      ).rejects.toThrow()
    }
    expect(await readdir(marks.path)).toEqual([])
  })
})
