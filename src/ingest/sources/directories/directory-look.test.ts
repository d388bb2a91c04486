import { describe, expect, it } from 'vitest'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import type { DirectorySettings } from '../files/file-rule.ts'
import { type FileStatus, restMs, seenNow, verdictOf } from './directory-look.ts'

const settings = { after: 'leave', lookMs: 1_000, settleMs: 5_000, growthMs: 300_000 } as DirectorySettings
const failed = (tries: number): SourceFileRow =>
  ({
    state: 'failed',
    identity: '1:2:3',
    size_bytes: 100,
    end_byte: null,
    tries,
    retry_at_ms: null,
    changed_at_ms: 0,
  }) as SourceFileRow
/** A longer file under the same name, written over the failed one at `atMs`. */
const written = (atMs: number): FileStatus => ({ identity: `1:2:${atMs}`, sizeBytes: 200, mtimeMs: atMs })
const verdictAt = (nowMs: number, writtenMs: number, known: SourceFileRow) => {
  const seen = { identity: written(writtenMs).identity, sinceMs: writtenMs, firstMs: 0, nextLookMs: 0 }
  return verdictOf(settings, written(writtenMs), seen, known, nowMs)
}

describe('a failed file that is replaced in place', () => {
  it('is ready once the replacement has settled, and not before', () => {
    expect(verdictAt(64_000, 60_000, failed(1))).toBe('unsettled')
    expect(verdictAt(65_000, 60_000, failed(1))).toBe('ready')
  })

  it('that fails again and again waits longer each time: it may be a log that nobody can read, and grows', () => {
    expect(verdictAt(79_000, 60_000, failed(4))).toBe('unsettled')
    expect(verdictAt(80_000, 60_000, failed(4))).toBe('ready')
    expect(verdictAt(319_000, 60_000, failed(20))).toBe('unsettled')
    expect(verdictAt(320_000, 60_000, failed(20))).toBe('ready')
  })

  it('is looked at every time, unlike a loaded file that is long unchanged', () => {
    const old = written(0)
    expect(restMs(settings, 'known', old, 3_600_000, failed(1))).toBe(1_000)
    expect(restMs(settings, 'known', old, 3_600_000, { ...failed(0), state: 'loaded' })).toBe(60_000)
    expect(seenNow(settings, old, undefined, 3_600_000).sinceMs).toBe(0)
  })
})

it('a loaded file that grows waits for the time between its loads', () => {
  const loaded = { ...failed(0), state: 'loaded' as const }
  expect(verdictAt(299_000, 60_000, loaded)).toBe('unsettled')
  expect(verdictAt(300_000, 60_000, loaded)).toBe('ready')
})
