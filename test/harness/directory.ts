import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLogger } from '../../src/logger.ts'

export const silentLog = createLogger('silent')

/** Set, it leaves the directories of tests where they are, and prints each: docs/development/debugging.md. */
const keepsFiles = process.env['FLUXPORT_KEEP_TEST_FILES'] === '1'

/** A directory of the test's own, removed by `remove`. */
export async function temporaryDirectory() {
  const path = await mkdtemp(join(tmpdir(), 'fluxport-test-'))
  const keep = async () => console.log(`kept: ${path}`)
  return { path, remove: keepsFiles ? keep : () => rm(path, { recursive: true, force: true }) }
}
