import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AlteredBackup } from '../harness/altered-backup.ts'
import { fileOf, hostileBackups } from '../harness/hostile-backup.ts'

const { altered, expectRefused, lastTarget } = hostileBackups()

const fileFunction = `FUNCTION file('/tmp/pwned','RawBLOB','x String')`

describe('a number or a name in a manifest', () => {
  it.each<[string, (backup: AlteredBackup) => unknown]>([
    ['rows beyond 2^53', (b) => Object.assign(fileOf(b, 'database/batch.'), { rows: 1e300 })],
    ['rows below zero', (b) => Object.assign(fileOf(b, 'database/batch.'), { rows: -1 })],
    ['bytes that are text', (b) => Object.assign(fileOf(b, 'database/batch.'), { bytes: '1' })],
    ['a digest that is none', (b) => Object.assign(fileOf(b, 'database/batch.'), { sha256: 'x' })],
    ['a function as a table', (b) => Object.assign(fileOf(b, 'warehouse/request/'), { table: fileFunction })],
    ['SQL as a column', (b) => Object.assign(fileOf(b, 'warehouse/request/'), { columns: ['a`) SELECT 1 --'] })],
    ['a column twice', (b) => Object.assign(fileOf(b, 'warehouse/request/'), { columns: ['path', 'path'] })],
    ['a schema that is text', (b) => Object.assign(b.manifest.warehouse, { schema: '1; DROP' })],
    ['migrations that are none', (b) => Object.assign(b.manifest.database, { migrations: [1] })],
    ['lacks that are no list', (b) => Object.assign(b.manifest, { not_in_backup: 'nothing' })],
    ['files that are no list', (b) => Object.assign(b.manifest, { files: {} })],
  ])('is refused: %s', async (_, alter) => {
    const path = await altered('odd', alter)
    await expectRefused(path, /manifest\.json is no backup’s/)
    expect(existsSync(lastTarget())).toBe(false)
  })
})

describe('what a manifest says of tables', () => {
  it.each<[string, RegExp, (backup: AlteredBackup) => unknown]>([
    ['a table of the warehouse that there is not', /table that this schema has not/, moveRequests('requests')],
    ['the warehouse’s own record of its schema', /table that this schema has not/, moveRequests('schema_version')],
    ['a column that there is not', /column of request that this schema has not/, renameColumn],
    ['more rows than there are', /request has \d+ rows instead of 500/, setRows('warehouse/request/', 500)],
    ['fewer rows of the database', /another number of rows than 0/, setRows('database/account.', 0)],
    [
      'more rows of the database',
      /another number of rows than 9007199254740991/,
      setRows('database/account.', 2 ** 53 - 1),
    ],
    ['a table of the database that is left out', /has no rows of the table domain/, leaveOutDomains],
  ])('is refused as it is put in: %s', async (_, problem, alter) => {
    await expectRefused(await altered('unknown', alter), problem)
  })

  function moveRequests(table: string) {
    return async (backup: AlteredBackup) => {
      const file = fileOf(backup, 'warehouse/request/')
      const path = file.path.replace('/request/', `/${table}/`)
      await mkdir(join(backup.path, 'warehouse', table))
      await rename(join(backup.path, file.path), join(backup.path, path))
      Object.assign(file, { path, table })
    }
  }

  function renameColumn(backup: AlteredBackup) {
    const file = fileOf(backup, 'warehouse/request/')
    Object.assign(file, { columns: file.columns?.map((name) => (name === 'path' ? 'paths' : name)) })
  }

  function setRows(start: string, rows: number) {
    return (backup: AlteredBackup) => Object.assign(fileOf(backup, start), { rows })
  }

  async function leaveOutDomains(backup: AlteredBackup) {
    backup.manifest.files = backup.manifest.files.filter((file) => file.path !== 'database/domain.jsonl.gz')
    await rm(join(backup.path, 'database/domain.jsonl.gz'))
  }
})
