export const backupForm = 1

/**
 * The form of a backup: a directory of gzipped JSON lines (the database, a file a table), gzipped blocks in
 * ClickHouse's Native format (the warehouse, a file a table and partition), unchanged other files, and `manifest.json`,
 * which is written last. It does not depend on the database, engine or artifact store that it was taken from.
 */
export type BackupManifest = {
  form: typeof backupForm
  product_version: string
  created_at: number
  data_version: number
  database: { migrations: string[] }
  warehouse: { schema: number }
  /** True if the backup holds the master key, without which no secret opens. */
  has_master_key: boolean
  /** Sentences about what the backup lacks; absent in early backups. */
  not_in_backup?: string[]
  files: BackupFile[]
}

export type BackupFile = {
  /** Relative to the backup's directory, with slashes. */
  path: string
  /** Length of the stored file. */
  bytes: number
  sha256: string
  /** Number of rows, for tables. */
  rows?: number
  /** The rows' table, and its columns in their order. */
  table?: string
  columns?: string[]
}

/**
 * Rules of a manifest. Anybody who can write to the backup's directory can write a manifest. So a value must have this
 * form before it is used as a path, a table's name or a number.
 */

const filesMax = 1_000_000
const columnsMax = 1_000
const identifier = /^[a-z][a-z0-9_]{0,62}$/
const partition = /^[A-Za-z0-9_-]{1,64}$/
const segment = '[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}'

/** Every directory of a backup, and its allowed files. No pattern allows `..`, or a leading slash or dot. */
const patterns = {
  'data-dir': new RegExp(`^data-dir/(owner|master\\.key|credentials\\.json|geo/${segment})$`),
  spool: new RegExp(`^spool/${segment}$`),
  artifacts: new RegExp(`^artifacts(/${segment}){1,8}$`),
} as const

/** The message names the broken rule, never the text that breaks it. */
export class ManifestRefused extends Error {}

const isText = (value: unknown, lengthMax: number): value is string =>
  typeof value === 'string' && value.length <= lengthMax
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function need(holds: boolean, rule: string): void {
  if (!holds) throw new ManifestRefused(rule)
}

/** @throws ManifestRefused */
export function manifestOf(value: unknown): BackupManifest {
  if (!isRecord(value)) throw new ManifestRefused('it is not an object')
  const { files, database, warehouse } = value
  need(isText(value['product_version'], 100), 'product_version is not a version')
  need(isCount(value['created_at']) && isCount(value['data_version']), 'created_at or data_version is no whole number')
  need(typeof value['has_master_key'] === 'boolean', 'has_master_key is not true or false')
  const lacks = value['not_in_backup']
  need(lacks === undefined || isTextList(lacks, 20, 1_000), 'not_in_backup is not a list of sentences')
  need(
    isRecord(database) && isTextList(database['migrations'], 1_000, 100),
    'database.migrations is not a list of names',
  )
  need(isRecord(warehouse) && isCount(warehouse['schema']), 'warehouse.schema is no whole number')
  if (!Array.isArray(files) || files.length > filesMax)
    throw new ManifestRefused(`files is not a list of at most ${filesMax}`)
  const seen = new Set<string>()
  for (const [index, file] of files.entries()) {
    assertFile(file, `file ${index + 1} of its list`)
    // Two names that differ only in case count as one, as on some file systems.
    const name = file.path.toLowerCase()
    need(!seen.has(name), `file ${index + 1} of its list is named twice`)
    seen.add(name)
  }
  return value as unknown as BackupManifest
}

const isTextList = (value: unknown, itemsMax: number, lengthMax: number): value is string[] =>
  Array.isArray(value) && value.length <= itemsMax && value.every((item) => isText(item, lengthMax))

function assertFile(file: unknown, which: string): asserts file is BackupFile {
  need(isRecord(file), `${which} is not an object`)
  const { path, bytes, sha256, rows, table, columns } = file as Record<string, unknown>
  need(isText(path, 4_096), `${which} has no path`)
  need(isCount(bytes), `${which} has no number of bytes`)
  need(isText(sha256, 64) && /^[0-9a-f]{64}$/.test(String(sha256)), `${which} has no SHA-256`)
  need(rows === undefined || isCount(rows), `${which} has no number of rows`)
  const [place = ''] = String(path).split('/', 1)
  if (place === 'database') return assertDatabaseFile(String(path), table, rows, which)
  if (place === 'warehouse') return assertWarehouseFile(String(path), { table, columns, rows }, which)
  const pattern = Object.entries(patterns).find(([name]) => name === place)?.[1]
  need(pattern?.test(String(path)) === true, `${which} has a path that no backup has`)
  need(table === undefined && columns === undefined, `${which} is no table`)
}

function assertDatabaseFile(path: string, table: unknown, rows: unknown, which: string): void {
  need(isText(table, 63) && identifier.test(String(table)), `${which} has no table`)
  need(path === `database/${table}.jsonl.gz`, `${which} has a path that no backup has`)
  need(isCount(rows), `${which} has no number of rows`)
}

type Piece = { table: unknown; columns: unknown; rows: unknown }

function assertWarehouseFile(path: string, { table, columns, rows }: Piece, which: string): void {
  need(isText(table, 63) && identifier.test(String(table)), `${which} has no table`)
  const [, , name = ''] = path.split('/')
  need(path === `warehouse/${table}/${name}`, `${which} has a path that no backup has`)
  need(name.endsWith('.native.gz') && partition.test(name.slice(0, -'.native.gz'.length)), `${which} has no partition`)
  const names = isTextList(columns, columnsMax, 63) ? columns : []
  need(names.length > 0 && names.every((column) => identifier.test(column)), `${which} has no columns`)
  need(new Set(names).size === names.length, `${which} has a column twice`)
  need(isCount(rows), `${which} has no number of rows`)
}
