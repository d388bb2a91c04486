import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { combinedLine } from '../harness/log-lines.ts'
import { newKey } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

let server: TestServer
let place: Awaited<ReturnType<typeof temporaryDirectory>>
let flags: string[]
beforeAll(async () => {
  server = await startTestServer()
  place = await temporaryDirectory()
  const key = await newKey(server, { role: 'ingest' })
  flags = ['--access-key', key.access_key, '--secret-key', key.secret_key, '--domain', 'a.test']
})
afterAll(async () => {
  await server.stop()
  await place.remove()
})

async function written(name: string): Promise<string> {
  const path = join(place.path, name)
  await writeFile(path, combinedLine({ path: `/${name}` }).repeat(3))
  return path
}

describe('ingest with an ingest key', () => {
  it('loads files from elsewhere, one or several', async () => {
    const files = await Promise.all(['a.log', 'b.log', 'c.log'].map(written))
    const { code, err } = await runCommand(place.path, 'ingest', ...files, ...flags, '--endpoint', server.endpoint)
    expect([code, err]).toEqual([0, expect.stringMatching(/a\.log {2}batch \d+: 3 req.*\n.*b\.log.*\n.*c\.log.*3 req/)])
  })

  it('sends the bytes where it may name no paths: on the server’s own host', async () => {
    const files = await Promise.all(['d.log', 'e.log'].map(written))
    const { code, err } = await runCommand(server.dataDir, 'ingest', ...files, ...flags)
    expect([code, err]).toEqual([0, expect.stringMatching(/d\.log {2}batch \d+: 3 req.*\n.*e\.log.*3 requests/)])
  })

  it('loads standard input', async () => {
    const child = spawn(process.execPath, [main, 'ingest', '-', ...flags, '--endpoint', server.endpoint])
    child.stdin.end(combinedLine({ path: '/stdin' }))
    let err = ''
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text
    })
    const [code] = await once(child, 'close')
    expect([code, err]).toEqual([0, expect.stringMatching(/\(stdin\) {2}batch \d+: 1 requests/)])
  })
})
