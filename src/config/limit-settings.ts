/** A whole-number setting with its default. */
type Limit = { fallback: number; min: number; max: number; meaning: string }

const limit = (fallback: number, meaning: string, min = 1, max = 2 ** 50): Limit => ({ fallback, min, max, meaning })

/**
 * Limits on what accounts share, and on the share of a log's lines that may be rejected. docs/reference/limits.md names
 * an account's part of each, and the answer when it is used up. An option's flag is its name here in kebab case.
 */
const limits = {
  bodiesAtOnceMax: limit(2_000, 'At most this many bodies of logs arrive at once', 2),
  bodyStallSeconds: limit(30, 'The server cuts a body that brings less than 1 KiB within this time'),
  pushesAtOnceMax: limit(500, 'At most this many arrived pushes are written at once', 2),
  pushBytesMax: limit(268_435_456, 'At most this many bytes of pushes in memory', 2),
  spoolBytesPerAccountMax: limit(5_368_709_120, 'At most this many received bytes of an account wait to be loaded'),
  loadsAtOnceMax: limit(3, 'At most this many loads run at once; a long one does not delay other accounts’ loads'),
  queriesAtOnceMax: limit(
    8,
    'At most this many questions (coverage, preflights, changes, previews) are answered at once',
  ),
  queriesPerAccountMax: limit(2, 'At most this many questions of one account are answered at once'),
  queriesWaitingMax: limit(16, 'At most this many questions of one account wait for their turn'),
  querySecondsMax: limit(60, 'A question waits at most this long, and then takes at most this long'),
  queryBucketsMax: limit(250_000_000, 'A question covers at most this many domains times 5-minute buckets'),
  tasksMax: limit(1_000_000, 'An account has at most this many listed tasks; a create beyond is refused'),
  downloadsAtOnceMax: limit(256, 'At most this many downloads at once', 2),
  webhooksAtOnceMax: limit(32, 'At most this many webhooks are posted at once, and 4 of an account', 2),
  rejectedPercentMax: limit(
    10,
    'A log with a larger share of rejected lines, in percent, is quarantined until fluxport batches accept; 100: never',
    0,
    100,
  ),
  accountRequestsPerSecond: limit(
    0,
    'All keys of an account make at most this many requests; 0: five times a key’s limit',
    0,
  ),
  accountPushesPerSecond: limit(
    0,
    'All ingest keys of an account make at most this many requests; 0: five times a key’s limit',
    0,
  ),
} as const satisfies Record<string, Limit>

export type LimitSettings = { [name in keyof typeof limits]: number }

const flagOf = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** The limits as rows of the table of options. */
export const limitOptions = Object.entries(limits).map(([name, { fallback, meaning }]) => ({
  flag: flagOf(name),
  value: 'N',
  meaning,
  fallback: String(fallback),
}))

/** @param integer reads a whole-number option from `min` to `max` */
export const readLimits = (integer: (flag: string, min: number, max: number) => number): LimitSettings =>
  Object.fromEntries(
    Object.entries(limits).map(([name, { min, max }]) => [name, integer(flagOf(name), min, max)]),
  ) as LimitSettings
