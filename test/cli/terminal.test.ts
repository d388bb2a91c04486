import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { newKey, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** A title, a cleared screen, the same in one character of C1, a turned direction, and what nobody sees. */
const hostile = '\u001b]0;PWNED\u0007\u001b[2J\u009b2J\u007f\u202egpj\u200b\u2028x'
/** What none of this may become: only line ends of ours are left. */
const acted = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

let server: TestServer
let batchId: number
beforeAll(async () => {
  server = await startTestServer()
  const { ingest_token: token } = await newKey(server, { role: 'ingest', description: `for ${hostile}` })
  const { status, text, json } = await send(server.endpoint, {
    method: 'POST',
    target: `/api/v1/log-batches?wait=true&format=huawei_offline&name=${encodeURIComponent(hostile)}`,
    body: `${huaweiLine()}${hostile} is no request\n`,
    headers: { Authorization: `Bearer ${token}` },
  })
  expect(status, text).toBe(200)
  batchId = Number(json['batch_id'])
  await server.call('POST', '/api/v1/accounts', { name: hostile })
})
afterAll(() => server.stop())

describe('what comes from outside', () => {
  it.each([
    [['batches', 'list'], '\\u001b]0;PWNED\\u0007'],
    [['batches', 'show', 'ID'], '\\u009b2J'],
    [['keys', 'list'], 'for \\u001b]0;PWNED'],
    [['accounts', 'list'], '\\u001b[2J'],
    [['batches', 'forget', '77777'], 'CDN.0003'],
  ])('is shown by fluxport %j and not obeyed', async (args, shown) => {
    const { out, err } = await runCommand(server.dataDir, ...args.map((one) => (one === 'ID' ? String(batchId) : one)))
    expect(out + err).toContain(shown)
    expect(out + err).not.toMatch(acted)
  })

  it('is shown of files: their names, and lines that are looked at', async () => {
    const path = join(server.dataDir, `log ${hostile.replaceAll('/', '')}.log`)
    await writeFile(path, huaweiLine({ path: `/${hostile}` }))
    for (const command of [
      ['ingest', '--dry-run', path],
      ['ingest', path],
      ['verify', path],
    ]) {
      const { out, err } = await runCommand(server.dataDir, ...command)
      expect(out + err).toContain('\\u009b2J')
      expect(out + err).not.toMatch(acted)
    }
  })

  it('is shown of what commander says of arguments', async () => {
    const { err } = await runCommand(server.dataDir, 'batches', `--${hostile}`)
    expect(err).toContain('\\u009b2J')
    expect(err).not.toMatch(acted)
  })

  it('is shown of any server’s answers, refusals too', async () => {
    const evil: Server = createServer((request, response) => {
      const isRefused = request.url?.includes('accounts') ?? false
      response.writeHead(isRefused ? 409 : 200)
      const row = {
        batch_id: hostile,
        name: hostile,
        format: hostile,
        state: hostile,
        flux: null,
        first_time: null,
        last_time: null,
      }
      response.end(
        isRefused
          ? JSON.stringify({ error_code: hostile, error_msg: hostile })
          : JSON.stringify({ total: 1, batches: [row], defaults: { time_zone: 'UTC' } }),
      )
    }).listen(0, '127.0.0.1')
    await once(evil, 'listening')
    const endpoint = `http://127.0.0.1:${(evil.address() as AddressInfo).port}`
    for (const command of ['batches', 'accounts']) {
      const { out, err } = await runCommand(server.dataDir, command, 'list', '--endpoint', endpoint)
      expect(out + err).toContain('\\u009b2J')
      expect(out + err).not.toMatch(acted)
    }
    const { out } = await runCommand(server.dataDir, 'tasks', 'show', 'x', '--endpoint', endpoint)
    expect(JSON.parse(out)).toMatchObject({ batches: [{ name: hostile }] })
    expect(out).not.toMatch(acted)
    evil.close()
  })

  it('is spelled out in the server’s log, equal in value', async () => {
    const logger = new URL('../../dist/logger.js', import.meta.url).href
    const code = `import { createLogger } from '${logger}'; createLogger('info').info({ name: ${JSON.stringify(hostile)} }, 'x')`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', code], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let text = ''
    child.stderr.setEncoding('utf8').on('data', (piece) => {
      text += piece
    })
    await once(child, 'close')
    expect(JSON.parse(text)).toMatchObject({ name: hostile })
    expect(text).not.toMatch(acted)
  })
})

it('has one way to the terminal: every other file of the command line goes through it', () => {
  const directory = fileURLToPath(new URL('../../src/cli/', import.meta.url))
  const files = readdirSync(directory).filter((name) => name.endsWith('.ts') && name !== 'terminal.ts')
  const paths = [
    ...files.map((name) => join(directory, name)),
    fileURLToPath(new URL('../../src/main.ts', import.meta.url)),
  ]
  expect(paths.length).toBeGreaterThan(20)
  // The bar writes to its stream what it has made visible.
  const allowed: Record<string, number> = { 'progress-bar.ts': 2 }
  for (const path of paths) {
    const name = path.split('/').at(-1) ?? ''
    const found = readFileSync(path, 'utf8').match(/\bconsole\.|\.write\(|\bprocess\.std(out|err)\.(?!isTTY)/g) ?? []
    expect({ name, found: found.length }).toEqual({ name, found: allowed[name] ?? 0 })
  }
})
