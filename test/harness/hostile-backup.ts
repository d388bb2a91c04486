import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { parseConfig } from '../../src/config/config.ts'
import type { BackupFile } from '../../src/upkeep/backup/backup-form.ts'
import { restoreBackup } from '../../src/upkeep/backup/restore-backup.ts'
import { type AlteredBackup, alterBackup } from './altered-backup.ts'
import { runCommand } from './command.ts'
import { silentLog, temporaryDirectory } from './directory.ts'
import { createAll, exportedBy } from './exports.ts'
import { huaweiLine } from './log-lines.ts'
import { startTestServer } from './server.ts'

/**
 * A backup without the master key, `good`, for the tests of a file; and what somebody can do to it who writes to where it
 * lies, and knows no key.
 */
export function hostileBackups() {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  const known = { masterKey: '', restores: 0 }
  const at = (name: string) => join(directory.path, name)
  beforeAll(async () => {
    directory = await temporaryDirectory()
    const server = await startTestServer({ webhookAllowPrivate: 'yes' })
    await server.load(huaweiLine().repeat(20))
    const range = { start_time: 1_788_220_800_000, end_time: 1_788_224_400_000 }
    const [id = ''] = await createAll(server, [{ ...range, webhook_url: 'http://10.255.255.1:9/' }])
    await exportedBy(server, id)
    known.masterKey = (await readFile(join(server.dataDir, 'master.key'), 'utf8')).trim()
    const made = await runCommand(server.dataDir, 'backup', at('good'))
    expect(made.code, made.err).toBe(0)
    await server.stop()
  })
  afterAll(() => directory.remove())

  /** Restores to a new place, as an operator who trusts it all the same. @throws what the restore does */
  const restore = async (path: string, { acceptsUnsealed = true } = {}) => {
    known.restores += 1
    const dataDir = at(`restored-${known.restores}`)
    const config = parseConfig({ dataDir, masterKey: known.masterKey, logLevel: 'silent' }, {})
    const { vouched } = await restoreBackup(config, path, { acceptsUnsealed, log: silentLog }, neverAborted)
    return { dataDir, vouched }
  }
  const altered = async (name: string, alter: (backup: AlteredBackup) => unknown) => {
    const backup = await alterBackup(at('good'), at(name))
    await alter(backup)
    await backup.finish()
    return backup.path
  }
  return {
    at,
    restore,
    altered,
    masterKey: () => known.masterKey,
    /** Where the last restore went. */
    lastTarget: () => at(`restored-${known.restores}`),
    /** Its sentence. */
    expectRefused: async (path: string, problem: RegExp): Promise<string> => {
      const failure = await restore(path).then(
        () => 'it was restored',
        (error: unknown) => String(error),
      )
      expect(failure).toMatch(problem)
      return failure
    },
  }
}

const neverAborted = new AbortController().signal

/** The first file below a path. */
export const fileOf = (backup: AlteredBackup, start: string): BackupFile => {
  const file = backup.manifest.files.find((one) => one.path.startsWith(start))
  if (!file) throw new Error(`no file ${start}`)
  return file
}
