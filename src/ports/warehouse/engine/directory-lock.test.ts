import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../../test/harness/directory.ts'
import { startTestServer } from '../../../../test/harness/server.ts'
import { lockDirectory } from './directory-lock.ts'

const lockModule = fileURLToPath(new URL('../../../../dist/ports/warehouse/engine/directory-lock.js', import.meta.url))
const program = fileURLToPath(new URL('../../../../dist/main.js', import.meta.url))

async function directoryForTest(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  return directory.path
}

/** Starts another process that holds the lock. */
async function startHolder(directory: string): Promise<ChildProcess> {
  const script = `
    import { lockDirectory } from ${JSON.stringify(lockModule)}
    lockDirectory(${JSON.stringify(directory)})
    console.log('held')
    setInterval(() => {}, 60_000)`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  return holder
}

const sentence = (owner: string, directory: string) =>
  `${owner} is using the data directory ${directory}. Stop it first, or choose another with --data-dir.`

describe('the lock of a data directory', () => {
  it('is refused to a second process, with a sentence that says what to do', async () => {
    const directory = await directoryForTest()
    await startHolder(directory)
    expect(() => lockDirectory(directory)).toThrow(sentence('Another fluxport process', directory))
  })

  it.each([
    { why: 'named by its server file', file: '{"process_id":4711}', owner: 'Another fluxport process (4711)' },
    { why: 'not named by half a server file', file: '{"process_id":47', owner: 'Another fluxport process' },
    { why: 'not named by a strange server file', file: '[]', owner: 'Another fluxport process' },
  ])('has an owner that is $why', async ({ file, owner }) => {
    const directory = await directoryForTest()
    await startHolder(directory)
    await writeFile(join(directory, 'server.json'), file)
    expect(() => lockDirectory(directory)).toThrow(sentence(owner, directory))
  })

  it('is refused within one process too, and free again once it is released', async () => {
    const directory = await directoryForTest()
    const first = lockDirectory(directory)
    expect(() => lockDirectory(directory)).toThrow('is using the data directory')
    expect(() => lockDirectory(directory)).toThrow('is using the data directory')
    first.release()
    lockDirectory(directory).release()
  })

  it('is free as soon as its owner is killed', async () => {
    const directory = await directoryForTest()
    const holder = await startHolder(directory)
    const exited = once(holder, 'exit')
    holder.kill('SIGKILL')
    await exited
    lockDirectory(directory).release()
  })

  it('does not blame another process when the directory cannot be written to', () => {
    expect(() => lockDirectory('/nowhere/at/all')).toThrow(/^(?!.*Another fluxport)/)
  })
})

describe('a second server on the same data directory', () => {
  it('ends with that sentence and nothing else', async () => {
    const server = await startTestServer()
    onTestFinished(server.stop)
    const second = spawn(process.execPath, [program, 'serve', '--data-dir', server.dataDir, '--port', '0'])
    onTestFinished(() => void second.kill('SIGKILL'))
    const [said, [exitCode]] = await Promise.all([text(second.stderr), once(second, 'exit')])
    expect(said.trim().split('\n')).toEqual([
      expect.stringContaining(sentence(`Another fluxport process (${process.pid})`, server.dataDir)),
    ])
    expect(exitCode).not.toBe(0)
    expect((await server.raw('/healthz')).status).toBe(200)
  })
})
