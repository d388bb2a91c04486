import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { embeddedAddress } from '../../src/parts/open-parts.ts'
import { openClickHouse } from '../../src/ports/warehouse/clickhouse.ts'
import { engineArguments, enginePaths } from '../../src/ports/warehouse/engine/engine-config.ts'
import { type EngineHost, startEngineHost } from '../../src/ports/warehouse/engine/engine-host.ts'
import { severalServersBehind } from '../../src/ports/warehouse/one-server.ts'
import { runCommand } from '../harness/command.ts'
import { silentLog, temporaryDirectory } from '../harness/directory.ts'
import { type EngineFront, startEngineFront } from '../harness/engine-front.ts'
import { startTestServer } from '../harness/server.ts'

const memoryBytesMax = 1024 ** 3
const childModule = fileURLToPath(new URL('../../dist/ports/warehouse/engine/engine-child.js', import.meta.url))

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
const hosts: EngineHost[] = []
const at = (name: string) => join(directory.path, name)

/** Two engines that the same user, password and header open. */
beforeAll(async () => {
  directory = await temporaryDirectory()
  const [first, second] = [at('engine-1'), at('engine-2')]
  hosts.push(await startEngineHost({ directory: first, memoryBytesMax, log: silentLog }))
  await mkdir(second, { mode: 0o700 })
  await copyFile(enginePaths(first).access, enginePaths(second).access)
  hosts.push(await startEngineHost({ directory: second, memoryBytesMax, log: silentLog }))
})
afterAll(async () => {
  for (const host of hosts) await host.stop()
  await directory.remove()
})

/** A balancer over TCP that gives each connection the next server. */
async function startBalancer(ports: readonly number[]) {
  let next = 0
  const balancer = createServer((socket) => {
    const onward = connect(ports[next++ % ports.length] ?? 0, '127.0.0.1')
    socket.pipe(onward).pipe(socket)
    for (const [one, other] of [
      [socket, onward],
      [onward, socket],
    ] as const) {
      one.on('error', () => other.destroy())
      one.on('close', () => other.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(balancer, 'listening')
  const { port } = balancer.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, stop: () => void balancer.close() }
}

describe('a URL with several servers behind it', () => {
  let front: EngineFront
  let balancer: Awaited<ReturnType<typeof startBalancer>>
  beforeAll(async () => {
    const [host] = hosts
    if (!host) throw new Error('there is no engine')
    balancer = await startBalancer(hosts.map(({ url }) => Number(new URL(url).port)))
    front = await startEngineFront({ ...host, url: balancer.url })
  })
  afterAll(async () => {
    await front.stop()
    balancer.stop()
  })
  const sentence =
    /^fluxport: --clickhouse-url .*a balancer over several servers \(16 connections to it reached 2 servers\)/

  it.each(['serve --port 0', 'worker --database-url postgres://nobody@127.0.0.1:1/x', 'backup', 'doctor'])(
    'is refused by %s',
    async (command) => {
      const dataDir = at(`data-${command.split(' ')[0]}`)
      await mkdir(dataDir, { recursive: true, mode: 0o700 })
      // An empty directory has nothing to back up, which is told first.
      if (command === 'backup') await (await startTestServer({ dataDir })).stop()
      const words = command === 'backup' ? ['backup', at('backup')] : command.split(' ')
      const { code, err, out } = await runCommand(dataDir, ...words, '--clickhouse-url', front.url('default'))
      expect(code).toBe(1)
      if (command === 'doctor') expect(out).toMatch(/^BAD {3}engine .*a balancer over several servers/m)
      else expect(err).toMatch(sentence)
      expect(err + out).not.toContain(hosts[0]?.password)
    },
  )

  it('is refused by restore, which leaves nothing in it', async () => {
    const server = await startTestServer({ dataDir: at('data-full') })
    onTestFinished(server.stop)
    expect((await runCommand(at('data-full'), 'backup', at('whole'), '--with-master-key')).code).toBe(0)
    const flags = ['--clickhouse-url', front.url('default')]
    const { code, err } = await runCommand(at('data-restored'), 'restore', at('whole'), ...flags)
    expect([code, err]).toEqual([1, expect.stringMatching(sentence)])
    for (const host of hosts) {
      const warehouse = openClickHouse(embeddedAddress(host))
      onTestFinished(() => warehouse.close())
      expect(await warehouse.rows('SELECT name FROM system.tables WHERE database = currentDatabase()')).toEqual([])
    }
  })
})

describe('one server', () => {
  it('is taken, by itself and behind a balancer that has no other', async () => {
    const [host] = hosts
    if (!host) throw new Error('there is no engine')
    const balancer = await startBalancer([Number(new URL(host.url).port)])
    onTestFinished(balancer.stop)
    for (const url of [host.url, balancer.url])
      expect(await severalServersBehind({ ...embeddedAddress(host), url })).toBeNull()
  })

  /** An engine whose configuration has something more. @returns what is said of it */
  async function saidOf(name: string, more: string): Promise<string | null> {
    const host = await startEngineHost({ directory: at(name), memoryBytesMax, log: silentLog })
    await host.stop()
    const paths = enginePaths(at(name))
    const config = await readFile(paths.config, 'utf8')
    await writeFile(paths.config, config.replace('</clickhouse>', `${more}</clickhouse>`))
    const port = Number(new URL(host.url).port)
    const confinement = { writable: [paths.store, paths.temporary], readable: [at(name)], tcpPort: port }
    const child = spawn(
      process.execPath,
      [childModule, JSON.stringify(confinement), ...engineArguments(at(name), port)],
      { stdio: ['pipe', 'ignore', 'ignore'], env: { ...process.env, UV_THREADPOOL_SIZE: '1' }, cwd: at(name) },
    )
    onTestFinished(() => void child.kill('SIGKILL'))
    const address = embeddedAddress(host)
    const warehouse = openClickHouse(address)
    await expect.poll(() => warehouse.ready(), { timeout: 60_000 }).toBe(true)
    await warehouse.close()
    return await severalServersBehind(address)
  }
  const cluster = (name: string, hostNames: string[]) =>
    `<remote_servers><${name}>${hostNames
      .map((host) => `<shard><replica><host>${host}</host><port>9000</port></replica></shard>`)
      .join('')}</${name}></remote_servers>`

  it('that knows a cluster of several is none', async () => {
    expect(await saidOf('knows', cluster('numbers', ['192.0.2.1', '192.0.2.2']))).toBe(
      'system.clusters names 2 nodes of the cluster numbers',
    )
  })

  it('that has the samples of ClickHouse’s own configuration, or a cluster of itself, is one', async () => {
    expect(await saidOf('samples', cluster('test_cluster_two_shards', ['127.0.0.1', '127.0.0.2']))).toBeNull()
    expect(await saidOf('itself', cluster('default', ['192.0.2.1']))).toBeNull()
  })
})
