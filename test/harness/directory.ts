import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../../src/logger.ts'

export const silentLog = createLogger('silent')

/** A directory of the test's own, removed by `remove`. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'fluxport-test-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
