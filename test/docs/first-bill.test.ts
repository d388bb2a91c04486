import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { chmod, readFile, writeFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(join(root, 'docs/guide/first-bill.md'), 'utf8')
const commands = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block)

/** Puts a `fluxport` into a directory of its own, as an installation would. */
async function putOnPath(directory: string): Promise<void> {
  const path = join(directory, 'fluxport')
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/main.js')}" "$@"\n`)
  await chmod(path, 0o755)
}

it('runs as it stands in the page, and the figures are those of the page', async () => {
  const { path, remove } = await temporaryDirectory()
  onTestFinished(remove)
  await putOnPath(path)
  expect(commands.length).toBeGreaterThan(5)
  // The page's reader waits for the server's first words; the script waits for its file.
  const untilUp = 'until [ -f data/server.json ]; do sleep 0.1; done\n'
  const [serve = '', ...others] = commands
  const script = ['set -e', 'trap \'kill "$server"; wait\' EXIT', serve, 'server=$!', untilUp, ...others].join('\n')
  const child = spawn('bash', ['-c', script], {
    cwd: path,
    env: {
      PATH: `${path}${delimiter}${process.env['PATH']}`,
      SAMPLES: join(root, 'docs/guide/samples'),
      FLUXPORT_PORT: '0',
      FLUXPORT_ALLOW_ROOT: 'yes',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  expect(code, out + err).toBe(0)
  const answer = 'batch 1: 12 requests, 34.3 MB'
  expect(page).toContain(answer)
  expect(out + err).toContain(answer)
  expect(out + err).toContain('already loaded, batch 1')
  const [, ...rows] = (await readFile(join(path, 'usage.csv'), 'utf8')).trim().split('\r\n')
  const fluxBytes = rows.reduce((sum, row) => sum + Number(row.split(',')[2]), 0)
  expect(page).toContain(`adds up to ${fluxBytes.toLocaleString('en-US')} bytes`)
})
