import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLog, temporaryDirectory } from '../../../../test/harness/directory.ts'
import { startTestEngine } from '../../../../test/harness/engine.ts'
import { openClickHouse } from '../clickhouse.ts'
import { type EngineHost, startEngineHost } from './engine-host.ts'

const memoryBytesMax = 2 * 1024 ** 3
const connectTo = (host: EngineHost) => openClickHouse({ ...host, database: 'default', readsLocalFiles: true })

/** True if the process runs; a zombie does not. */
function runs(processId: number): boolean {
  const statPath = `/proc/${processId}/stat`
  if (existsSync('/proc/self/stat')) return existsSync(statPath) && !/\) [ZX] /.test(readFileSync(statPath, 'utf8'))
  try {
    return process.kill(processId, 0)
  } catch {
    return false
  }
}

const hostModule = fileURLToPath(new URL('../../../../dist/ports/warehouse/engine/engine-host.js', import.meta.url))
const loggerModule = fileURLToPath(new URL('../../../../dist/logger.js', import.meta.url))

/** A separate process with an engine on `directory`, like a server. */
async function startParent(directory: string): Promise<{ parent: ChildProcess; engineProcessId: number }> {
  const script = `
    import { startEngineHost } from ${JSON.stringify(hostModule)}
    import { createLogger } from ${JSON.stringify(loggerModule)}
    const options = { directory: ${JSON.stringify(directory)}, memoryBytesMax: ${memoryBytesMax}, log: createLogger('silent') }
    const host = await startEngineHost(options)
    console.log(host.processId())
    setInterval(() => {}, 60_000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void parent.kill('SIGKILL'))
  const [line] = await Promise.race([
    once(parent.stdout, 'data'),
    once(parent, 'exit').then(() => Promise.reject(new Error('the parent ended before its engine was ready'))),
  ])
  const engineProcessId = Number(String(line))
  onTestFinished(() => {
    if (runs(engineProcessId)) process.kill(engineProcessId, 'SIGKILL')
  })
  return { parent, engineProcessId }
}

async function killParent(parent: ChildProcess): Promise<void> {
  const exited = once(parent, 'exit')
  parent.kill('SIGKILL')
  await exited
}

describe('an engine that is killed', () => {
  it('comes back on the same port with its data, as often as it is killed', async () => {
    const { host, warehouse, stop } = await startTestEngine()
    onTestFinished(stop)
    const { url } = host
    await warehouse.command('CREATE TABLE kept (n UInt64) ENGINE = MergeTree ORDER BY n')
    for (let n = 1; n <= 3; n++) {
      await warehouse.command('INSERT INTO kept VALUES ({n:UInt64})', { n })
      const killed = host.processId()
      process.kill(killed, 'SIGKILL')
      await expect.poll(() => host.processId(), { timeout: 20_000 }).not.toBe(killed)
      await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
      expect(host.url).toBe(url)
      expect(await warehouse.rows('SELECT count() AS n FROM kept')).toEqual([{ n }])
    }
  })

  it('comes back when it runs but does not listen', async () => {
    const { host, warehouse, stop } = await startTestEngine()
    onTestFinished(stop)
    const deaf = host.processId()
    expect(host.restarts()).toBe(0)
    const asDefault = { method: 'POST', headers: host.headers, body: 'SYSTEM STOP LISTEN HTTP' }
    await fetch(host.url, asDefault).catch(() => undefined)
    await expect.poll(() => host.processId(), { timeout: 20_000 }).not.toBe(deaf)
    await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
    await expect.poll(() => host.restarts(), { timeout: 20_000 }).toBe(1)
  })

  // A restart waits 100 ms and then takes about half a second: these moments fall before, into and after it.
  it.each([0, 80, 105, 130, 300, 700])('stays ended when its host is stopped %i ms later', async (afterMs) => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const host = await startEngineHost({ directory: directory.path, memoryBytesMax, log: silentLog })
    process.kill(host.processId(), 'SIGKILL')
    await delay(afterMs)
    await host.stop()
    expect(enginesOn(directory.path)).toEqual([])
  })
})

/** Processes with the directory in their command line. */
function enginesOn(directory: string): number[] {
  if (!existsSync('/proc/self/cmdline')) return []
  const processIds = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return processIds.filter((id) => runs(id) && commandLine(id).includes(directory))
}

function commandLine(processId: number): string {
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8')
  } catch {
    return '' // the process ended meanwhile
  }
}

describe('an engine whose parent is killed', () => {
  it('ends too', async () => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const { parent, engineProcessId } = await startParent(directory.path)
    expect(runs(engineProcessId)).toBe(true)
    await killParent(parent)
    await expect.poll(() => runs(engineProcessId), { timeout: 10_000 }).toBe(false)
  })

  it('can be started again at once, with its data', async () => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    for (let round = 0; round < 3; round++) {
      const { parent } = await startParent(directory.path)
      await killParent(parent)
      const host = await startEngineHost({ directory: directory.path, memoryBytesMax, log: silentLog })
      const warehouse = connectTo(host)
      await warehouse.command('CREATE TABLE IF NOT EXISTS kept (n UInt64) ENGINE = MergeTree ORDER BY n')
      await warehouse.command('INSERT INTO kept VALUES ({round:UInt64})', { round })
      expect(await warehouse.rows('SELECT count() AS n FROM kept')).toEqual([{ n: round + 1 }])
      await warehouse.close()
      await host.stop()
    }
  })

  it('can be started again while it has not noticed yet, and holds its lock', async () => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const { parent, engineProcessId } = await startParent(directory.path)
    process.kill(engineProcessId, 'SIGSTOP')
    await killParent(parent)
    setTimeout(() => process.kill(engineProcessId, 'SIGCONT'), 2_000)
    const host = await startEngineHost({ directory: directory.path, memoryBytesMax, log: silentLog })
    onTestFinished(() => host.stop())
    expect(runs(engineProcessId)).toBe(false)
    const warehouse = connectTo(host)
    onTestFinished(() => warehouse.close())
    expect(await warehouse.ready()).toBe(true)
  })
})
