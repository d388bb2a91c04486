import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { totals } from '../harness/ledger-file.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { type Served, serve } from '../harness/served.ts'
import { quickDirectory, sourceUntil, writeSources } from '../harness/sources.ts'

const fileCount = 120
const linesEach = 20
const kills = 4

const linesOf = (file: number) =>
  Array.from({ length: linesEach }, (_, i) => huaweiLine({ path: `/${file}/${i}`, bytes: 100 + file })).join('')
const nameOf = (file: number) => `20260901${String(file % 24).padStart(2, '0')}-edge-${file}.log`

async function untilEmpty(server: Served, isDone: () => Promise<boolean>) {
  for (;;) {
    await sourceUntil(
      (path) => server.client.get<Json>(path),
      (one) => one['waiting'] === 0 && one['queued'] === 0 && one['last_look'] !== null,
    )
    if (await isDone()) return
    await delay(200)
  }
}

describe('a server killed with hundreds of files in its inbox', () => {
  it.each(['move', 'leave'] as const)('counts each of them once: %s', async (after) => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const inbox = join(place.path, 'inbox')
    await mkdir(inbox)
    const sources = await writeSources(place.path, [quickDirectory(inbox, { after })])
    const dataDir = join(place.path, 'data')
    const start = () => serve(dataDir, '--sources', sources)
    const expected = { requests: 0, flux: 0 }
    const grown = after === 'leave' ? kills : 0
    for (let file = 0; file < fileCount + grown; file++) {
      if (file < fileCount) await writeFile(join(inbox, nameOf(file)), linesOf(file))
      expected.requests += linesEach
      expected.flux += linesEach * (100 + file)
    }
    let server = await start()
    for (let kill = 0; kill < kills; kill++) {
      await delay(300 + 400 * kill)
      // What is left grows meanwhile: its rest is loaded too.
      if (after === 'leave') await appendFile(join(inbox, nameOf(kill)), linesOf(fileCount + kill))
      await server.kill()
      server = await start()
    }
    onTestFinished(() => server.kill())
    await untilEmpty(server, async () => Number((await totals(server, dataDir))?.requests) >= expected.requests)
    expect(await totals(server, dataDir)).toEqual(expected)
    if (after === 'leave') return
    await untilEmpty(server, async () => (await readdir(inbox)).length === 1)
    expect((await readdir(join(inbox, 'done'))).length).toBe(fileCount)
  })
})
