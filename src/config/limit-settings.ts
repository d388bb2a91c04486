/** A setting that is a whole number, with what it is without. */
type Limit = { fallback: number; min: number; meaning: string }

const limit = (fallback: number, meaning: string, min = 1): Limit => ({ fallback, min, meaning })

/**
 * What accounts share, and how much of it there is: docs/reference/limits.md says what each has of it, and what is answered
 * when it is used up. An option's flag is its name here in kebab case.
 */
const limits = {
  bodiesAtOnceMax: limit(2_000, 'Bodies of logs on their way to the server', 2),
  bodyStallSeconds: limit(30, 'The server cuts a body that brings less than 1 KiB within this time'),
  pushesAtOnceMax: limit(500, 'Pushes that have arrived and are being written', 2),
  pushBytesMax: limit(268_435_456, 'Bytes of pushes in memory', 2),
  spoolBytesPerAccountMax: limit(5_368_709_120, 'Received bytes of an account that wait to be loaded'),
  loadsAtOnceMax: limit(3, 'Loads on their way at once: a long one keeps no other account’s from beginning'),
  queriesAtOnceMax: limit(8, 'Coverage, preflights, changes and previews that are answered at once'),
  queriesPerAccountMax: limit(2, 'Those of one account'),
  queriesWaitingMax: limit(16, 'Those of one account that may wait for their turn'),
  querySecondsMax: limit(60, 'How long one may wait, and take'),
  queryBucketsMax: limit(250_000_000, 'Domains times buckets of 5 minutes that one may be of'),
  tasksMax: limit(1_000_000, 'Tasks of an account that are listed; a create beyond is refused'),
  downloadsAtOnceMax: limit(256, 'Downloads at once', 2),
  webhooksAtOnceMax: limit(32, 'Webhooks that are posted at once; of an account up to 4', 2),
  accountRequestsPerSecond: limit(0, 'Requests that an account’s keys make together; 0: five times a key’s', 0),
  accountPushesPerSecond: limit(0, 'Requests that an account’s ingest keys make together; 0: five times a key’s', 0),
} as const satisfies Record<string, Limit>

export type LimitSettings = { [name in keyof typeof limits]: number }

const flagOf = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)

/** As the table of options has them. */
export const limitOptions = Object.entries(limits).map(([name, { fallback, meaning }]) => ({
  flag: flagOf(name),
  value: 'N',
  meaning,
  fallback: String(fallback),
}))

/** @param integer reads an option that is a whole number from `min` to `max` */
export const readLimits = (integer: (flag: string, min: number, max: number) => number): LimitSettings =>
  Object.fromEntries(
    Object.entries(limits).map(([name, { min }]) => [name, integer(flagOf(name), min, 2 ** 50)]),
  ) as LimitSettings
