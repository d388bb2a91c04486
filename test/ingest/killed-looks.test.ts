import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'
import { slowZstd } from '../hostile/compressed.mjs'

type Row = { id: number; state: string; looks: number; error_code: string | null; content_path: string }

/** What the ledger says of its first batch, whoever has it open. */
function firstBatch(dataDir: string): Row | undefined {
  const ledger = new Database(join(dataDir, 'fluxport.sqlite'), { readonly: true })
  try {
    const columns = 'id, state, looks, error_code, content_path'
    return ledger.prepare<[], Row>(`SELECT ${columns} FROM batch ORDER BY id LIMIT 1`).get()
  } finally {
    ledger.close()
  }
}

async function untilBatch(dataDir: string, isSo: (batch: Row | undefined) => boolean): Promise<Row> {
  for (;;) {
    const batch = firstBatch(dataDir)
    if (batch && isSo(batch)) return batch
    await delay(10)
  }
}

const push = async (server: Served, body: Buffer, name: string) =>
  await server.client.upload('/api/v1/log-batches', { name, wait: 'false' }, Readable.from([body]))

describe('a server that is killed each time it looks at a log', () => {
  it('looks at it three times, keeps it aside, and loads what comes behind it', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const dataDir = join(place.path, 'data')
    let server = await serve(dataDir)
    await push(server, slowZstd(250_000), 'hostile.log')
    for (let look = 1; look <= 3; look++) {
      // Counted before it begins, so that whatever ends the process is counted.
      await untilBatch(dataDir, (batch) => batch?.looks === look)
      await server.kill()
      expect(firstBatch(dataDir)).toMatchObject({ looks: look })
      server = await serve(dataDir)
    }
    onTestFinished(() => server.kill())
    const failed = await untilBatch(dataDir, (batch) => batch?.state === 'failed')
    expect(failed).toMatchObject({ looks: 3, error_code: 'FLUXPORT.0108' })
    const honest = join(place.path, 'honest.log')
    await writeFile(honest, huaweiLine())
    expect(await server.load(honest)).toMatchObject({ state: 'loaded', requests: 1 })
    await server.kill()
    server = await serve(dataDir)
    expect(firstBatch(dataDir)).toMatchObject({ state: 'failed', looks: 3 })
    expect((await readFile(failed.content_path)).equals(slowZstd(250_000))).toBe(true)
  }, 600_000)
})

describe('a server that is stopped or killed at other moments', () => {
  it('holds nothing against a log that it has looked at', async () => {
    const place = await temporaryDirectory()
    onTestFinished(place.remove)
    const dataDir = join(place.path, 'data')
    const server = await serve(dataDir)
    const honest = join(place.path, 'honest.log')
    await writeFile(honest, huaweiLine())
    await server.load(honest)
    await server.kill()
    expect(firstBatch(dataDir)).toMatchObject({ state: 'loaded', looks: 0 })
  })
})
