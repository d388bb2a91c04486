import { once } from 'node:events'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { runCommand, startCommand } from '../harness/command.ts'
import { signIn } from '../harness/console.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { expectError, newAccount } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  server = await startTestServer()
  directory = await temporaryDirectory()
})
afterAll(async () => {
  await server.stop()
  await directory.remove()
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const link = /^http:\/\/127\.0\.0\.1:\d+\/#token=([\w-]{43})$/
const tokenIn = (text: string) => link.exec(text.trim())?.[1] ?? ''

describe('fluxport open', () => {
  it('--print prints a link of the profile’s key, and no more', async () => {
    const { access_key, secret_key } = await newAccount(server, 'opener')
    const key = ['--access-key', access_key, '--secret-key', secret_key]
    const { code, out, err } = await runCommand(server.dataDir, 'open', '--print', ...key)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect((await signIn(server, { link_token: tokenIn(out) })).json).toMatchObject({ access_key, role: 'account' })
    expectError(await signIn(server, { link_token: tokenIn(out) }), 401, 'APIGW.0301')
  })

  it.skipIf(process.platform !== 'linux')('hands the link to the browser', async () => {
    const opened = join(directory.path, 'opened')
    const browser = join(directory.path, 'xdg-open')
    await writeFile(browser, `#!/bin/sh\nprintf %s "$1" > ${opened}.part && mv ${opened}.part ${opened}\n`)
    await chmod(browser, 0o755)
    vi.stubEnv('PATH', `${directory.path}${delimiter}${process.env['PATH']}`)
    const { code, out } = await runCommand(server.dataDir, 'open')
    expect(code).toBe(0)
    const told = await vi.waitFor(() => readFile(opened, 'utf8'), { timeout: 10_000 })
    expect(out.trim()).toBe(told)
    expect((await signIn(server, { link_token: tokenIn(told) })).json).toMatchObject({ role: 'operator' })
  })

  it('says so where there is no browser', async () => {
    vi.stubEnv('PATH', join(directory.path, 'nowhere'))
    const { code, out } = await runCommand(server.dataDir, 'open')
    expect(code).toBe(0)
    expect(out.split('\n')).toEqual([
      expect.stringMatching(link),
      expect.stringContaining('open the link yourself'),
      '',
    ])
  })
})

/** Starts `fluxport serve`, and answers the lines until it has started. */
async function linesOfStart(...flags: string[]): Promise<string[]> {
  const place = await temporaryDirectory()
  const options = ['--port', '0', '--geo', 'off', '--log-level', 'info', ...flags]
  const { child, ended } = startCommand(join(place.path, 'data'), 'serve', ...options)
  const lines: string[] = []
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  await vi.waitFor(() => expect(lines.join('\n')).toContain('First start'), { timeout: 120_000 })
  // All lines of a start are written at once; another look would find a late one.
  await once(child.stdout ?? child, 'data', { signal: AbortSignal.timeout(500) }).catch(() => undefined)
  child.kill('SIGTERM')
  await ended
  await place.remove()
  return lines
}

describe('fluxport serve', () => {
  it('prints one line with a link at its start, with the public URL where there is one', async () => {
    const lines = await linesOfStart('--public-url', 'https://stats.example.test')
    const told = lines.filter((line) => line.startsWith('Console: '))
    expect(told).toEqual([expect.stringMatching(/^Console: https:\/\/stats\.example\.test\/#token=[\w-]{43}$/)])
  })

  it('prints none with the console off', async () => {
    expect((await linesOfStart('--console', 'off')).filter((line) => line.startsWith('Console'))).toEqual([])
  })
})
