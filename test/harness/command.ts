import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** Credentials of a bucket, where a test has one. */
const bucketVariables = () =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')))

/** What a command wrote, and its exit status. */
export type Ran = { code: number; out: string; err: string }

/**
 * Runs `fluxport` as people do, from the build.
 * @param dataDir of the server that it speaks to, whose key it takes
 */
export const runCommand = (dataDir: string, ...args: string[]): Promise<Ran> => startCommand(dataDir, ...args).ended

/** The same, for a test that does something to the process meanwhile. */
export function startCommand(dataDir: string, ...args: string[]): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], FLUXPORT_DATA_DIR: dataDir, FLUXPORT_ALLOW_ROOT: 'yes', ...bucketVariables() },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const texts = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text) => {
    texts.out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    texts.err += text
  })
  return { child, ended: once(child, 'close').then(([code]) => ({ code: code ?? -1, ...texts })) }
}
