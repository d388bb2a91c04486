// Kills at a chosen system call: strace counts the calls of each thread and sends SIGKILL at the K-th.
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { run, start } from './program.mjs'

/** What strace may do here: start programs, attach to them. `reason` says why it cannot even start one. */
export async function probeStrace() {
  const launched = await run('strace', ['-f', '-o', '/dev/null', 'true'])
  if (launched.code === 127) return { canLaunch: false, canAttach: false, reason: 'strace is not installed' }
  if (launched.code !== 0) {
    return { canLaunch: false, canAttach: false, reason: `ptrace is not permitted: ${launched.text.trim()}` }
  }
  const sleeper = start('sleep', ['10'], 'ignore')
  const tracer = await attach([sleeper.pid], ['-o', '/dev/null'])
  await tracer?.stop()
  sleeper.kill('SIGKILL')
  return { canLaunch: true, canAttach: tracer !== null, reason: '' }
}

/** Options of strace for one kill. `path` limits the calls to those on that file. */
export function injection({ calls, when, path }) {
  const limits = path ? ['-P', path] : []
  return [
    '-f',
    '-o',
    '/dev/null',
    ...limits,
    '-e',
    `trace=${calls}`,
    '-e',
    `inject=${calls}:signal=SIGKILL:when=${when}`,
  ]
}

/** Attaches to running processes. @returns null when that is not permitted */
export async function attach(processIds, options) {
  const child = start(
    'strace',
    [...options, ...processIds.flatMap((id) => ['-p', String(id)])],
    ['ignore', 'ignore', 'pipe'],
  )
  const ended = once(child, 'exit').then(() => true)
  let text = ''
  child.stderr.on('data', (piece) => (text += piece))
  const attached = async () => {
    const isAttached = () => processIds.every((id) => text.includes(`Process ${id} attached`))
    while (!isAttached() && child.exitCode === null && child.signalCode === null) await delay(5)
    return !isAttached()
  }
  if (await Promise.race([ended, attached()])) return null
  return {
    /** Lets go of the processes that still run. */
    stop: async () => {
      child.kill('SIGTERM')
      const hard = setTimeout(() => child.kill('SIGKILL'), 3_000)
      await ended
      clearTimeout(hard)
    },
  }
}
