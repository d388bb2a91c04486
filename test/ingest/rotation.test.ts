import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { requestsOf } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer } from '../harness/server.ts'
import { quickDirectory, sourceUntil, writeSources } from '../harness/sources.ts'

const domain = 'rotated.example.test'
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, n) => huaweiLine({ domain, path: `/${from + n}` })).join('')

it.each([
  { next: 'empty', newLines: 0 },
  { next: 'of some lines', newLines: 3 },
])(
  'a log that is rotated while no server runs, after its hand-over, counts; the next is $next',
  async ({ newLines }) => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const inbox = join(place.path, 'logs')
    await mkdir(inbox)
    const sources = await writeSources(place.path, [quickDirectory(inbox, { files: ['access.log*'] })])
    const dataDir = join(place.path, 'data')
    // As little room as this lets nothing be loaded.
    const before = await startTestServer({ dataDir, sources, diskReserveBytes: String(2 ** 50) })
    await writeFile(join(inbox, 'access.log'), lines(0, 100))
    await sourceUntil(
      async (path) => (await before.call('GET', path)).json,
      (source) => source['queued'] === 1,
    )
    await before.stop()
    await rename(join(inbox, 'access.log'), join(inbox, 'access.log.1'))
    await writeFile(join(inbox, 'access.log'), lines(100, 100 + newLines))
    const server = await startTestServer({ dataDir, sources, diskReserveBytes: '0' })
    onTestFinished(server.stop)
    await expect.poll(() => requestsOf(server, domain), { timeout: 20_000 }).toBe(100 + newLines)
  },
)
