import { onTestFinished } from 'vitest'
import type { ReadLimits } from '../../src/readers/jobs.ts'
import { createReaders, type Readers } from '../../src/readers/readers.ts'

/** What a server has without settings. */
export const usualLimits: ReadLimits = { ratioMax: 1_000, zstdWindowBytesMax: 8 * 1024 ** 2 }

/** Reader processes of the running test. */
export function readersForTest(limits: Partial<ReadLimits> = {}): Readers {
  const readers = createReaders({ ...usualLimits, ...limits })
  onTestFinished(() => readers.stop())
  return readers
}
