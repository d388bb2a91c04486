import { Type } from 'typebox'
import { Nullable, UnixMs } from '../http/schemas.ts'

const Limit = (description: string) => Type.Integer({ description })

/** Limits of an account: its own where it has one, else the server's. */
const Limits = Type.Object(
  {
    tasks_waiting_max: Limit('At most this many export tasks wait'),
    tasks_running_max: Limit('At most this many export tasks run at once'),
    stored_bytes_max: Limit('At most this many bytes of finished files'),
    rows_max: Limit('At most this many rows in a file'),
    commit_traffic_bytes: Nullable(Limit('Committed billed traffic of a month, bytes; null: none')),
    commit_bandwidth_bps: Nullable(Limit('Committed percentile bandwidth of a month, bit/s; null: none')),
  },
  { description: 'Limits of the caller’s own account' },
)

const state = Type.String({ description: 'ok, or what is wrong' })

const Parts = Type.Object({
  database: Type.Object({ kind: Type.Enum(['sqlite', 'postgresql']), state }),
  warehouse: Type.Object({
    kind: Type.Enum(['embedded', 'url'], { description: 'embedded: the engine of this server; url: another server' }),
    state,
    is_confined: Nullable(
      Type.Boolean({ description: 'true: the kernel confines the engine to its files; null: another server' }),
    ),
    restarts: Nullable(
      Type.Integer({ description: 'Restarts of the engine that ended by itself; null: another server' }),
    ),
  }),
  artifacts: Type.Object({ kind: Type.Enum(['directory', 'bucket']), state }),
  loading: Type.Object({ state }),
})

const Disk = Type.Object(
  {
    total_bytes: Type.Integer(),
    free_bytes: Type.Integer(),
    reserve_bytes: Type.Integer({ description: 'Loading pauses while fewer bytes are free (--disk-reserve-bytes)' }),
  },
  { description: 'The disk of the data directory' },
)

const Spool = Type.Object(
  {
    bytes: Type.Integer(),
    files: Type.Integer(),
    bytes_max: Type.Integer({ description: 'Logs are refused beyond this (--spool-bytes-max)' }),
  },
  { description: 'Received logs that wait to be loaded' },
)

const counted = (description: string) =>
  Nullable(Type.Integer({ description: `${description}; null: the count is still under way` }))

const Batches = Type.Object({
  waiting: counted('Batches that are collected or queued'),
  loading: counted('Batches that are being loaded'),
  quarantined: counted('Batches that wait for a decision'),
})

const Setting = Type.Object({
  name: Type.String({ description: 'The flag without its dashes' }),
  variable: Type.String({ description: 'The environment variable' }),
  meaning: Type.String(),
  value: Nullable(Type.String({ description: 'As it was given; null: none was, or it is hidden' })),
  source: Type.Enum(['flag', 'environment', 'default']),
  is_hidden: Type.Boolean({ description: 'true: a value is set that is, or may hold, a secret' }),
})

/** The server's part of the answer, for operators alone. */
const Server = Type.Object({
  commit: Type.String({ description: 'The commit that the program was built from' }),
  node_version: Type.String(),
  start_time: UnixMs('Start of this process'),
  parts: Parts,
  disk: Disk,
  spool: Spool,
  batches: Batches,
  configuration: Type.Array(Setting, { description: 'Every setting in force, in the order of the reference' }),
})

/** The answer of `GET /api/v1/system`. */
export const System = Type.Object({
  version: Type.String(),
  limits: Limits,
  server: Type.Optional(Server),
})
