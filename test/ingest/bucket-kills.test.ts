import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { totals } from '../harness/ledger-file.ts'
import { combinedLine, huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { credentialVariables, quickBucket, startTestS3, type TestS3 } from '../harness/s3.ts'
import { serve } from '../harness/served.ts'
import { sourceUntil, writeSources } from '../harness/sources.ts'

const roundObjects = 16

/** So many of a round come a second time. */
const roundCopies = 4
const linesEach = 20
const kills = 2

const rules = [
  { files: ['nginx/**'], format: 'combined', domain: 'www.example.test', source: 'nginx' },
  { files: ['**.gz'], source: 'cdn' },
]

/** Objects of two formats, in ascending keys; some come a second time under another key. */
async function putRound(s3: TestS3, round: number, expected: { requests: number; flux: number }) {
  for (let at = 0; at < roundObjects; at++) {
    const n = round * roundObjects + at
    const line = n % 2 === 0 ? huaweiLine : combinedLine
    const text = Array.from({ length: linesEach }, (_, i) => line({ path: `/${n}/${i}`, bytes: 100 + n })).join('')
    const name = `${String(n).padStart(4, '0')}`
    const copies = at < roundCopies ? [1, 2] : [1]
    if (n % 2 === 0) await s3.putMany(copies.map((copy) => [`cdn/${name}-${copy}.gz`, gzipSync(text)]))
    else await s3.putMany(copies.map((copy) => [`nginx/${name}-${copy}`, text]))
    expected.requests += linesEach
    expected.flux += linesEach * (100 + n)
  }
}

describe('a server killed while it fetches objects', () => {
  it.each([
    { after: 'delete', listing: 'all' },
    { after: 'leave', listing: 'in_order' },
  ])(
    'counts each of them once: $after, $listing',
    async (settings) => {
      Object.assign(process.env, credentialVariables)
      const s3 = await startTestS3()
      onTestFinished(s3.stop)
      const place = await temporaryDirectory()
      onTestFinished(place.remove)
      const sources = await writeSources(place.path, [quickBucket(s3, { ...settings, rules })])
      const dataDir = join(place.path, 'data')
      const expected = { requests: 0, flux: 0 }
      await putRound(s3, 0, expected)
      let server = await serve(dataDir, '--sources', sources)
      for (let kill = 0; kill < kills; kill++) {
        await delay(300 + 300 * kill)
        await putRound(s3, kill + 1, expected)
        await server.kill()
        server = await serve(dataDir, '--sources', sources)
      }
      onTestFinished(() => server.kill())
      const ask = (path: string) => server.client.get<Json>(path)
      for (let count = 0; count < expected.requests; count = Number((await totals(server, dataDir))?.requests)) {
        await sourceUntil(ask, (one) => one['waiting'] === 0 && one['queued'] === 0 && one['last_look'] !== null)
      }
      expect(await totals(server, dataDir)).toEqual(expected)
      const counts = { loaded: roundObjects * (kills + 1), duplicates: roundCopies * (kills + 1) }
      const objects = counts.loaded + counts.duplicates
      const dealtWith = (one: Json) => Number(one['loaded']) + Number(one['duplicates']) === objects
      expect(await sourceUntil(ask, dealtWith)).toMatchObject({ ...counts, failures: 0 })
      expect(await totals(server, dataDir)).toEqual(expected)
      expect(await s3.keys()).toHaveLength(settings.after === 'delete' ? 0 : objects)
    },
    180_000,
  )
})
