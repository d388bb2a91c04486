import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isReceived } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import { spooledContents } from '../../ledger/batch-outcome.ts'
import type { Database } from '../../ports/database/database.ts'
import { isWithinShare, type ShareLimits } from '../../turns/shares.ts'

/**
 * Accounts for received bytes that wait to be loaded. An account may have as many as it leaves free, and at most
 * `--spool-bytes-per-account-max`, so that one account's waiting bytes never block another's deliveries.
 */
export type SpoolShares = {
  /** Assigns a file of the spool to an account: its bytes count for the account until the file is gone. */
  own(path: string, accountId: string): void
  /**
   * Counts `bytes` that are about to be written.
   * @param ofLog bytes of the same log so far, including these
   * @throws AppError FLUXPORT.0105 when they exceed the account's share, CDN.0005 (413) when the log alone does
   */
  receive(accountId: string, bytes: number, ofLog: number): void
  /**
   * Reads the spool anew, unless that was done within a second. Nothing may be received before.
   * @throws as `receive`
   */
  assertRoom(accountId: string): Promise<void>
}

type SpoolShareDeps = {
  database: Database
  owner: string
  spoolDirectory: string
  spoolBytesMax: number
  spoolBytesPerAccountMax: number
  onRefused?: () => void
}

const lookMs = 1_000
const retryAfterSeconds = 5
type ByAccount = Map<string, number>

/** Begins with the files that the previous process left. */
export async function createSpoolShares(deps: SpoolShareDeps): Promise<SpoolShares> {
  const limits: ShareLimits = { max: deps.spoolBytesMax, perAccountMax: deps.spoolBytesPerAccountMax }
  const owners = new Map<string, string>()
  for (const { path, accountId } of await spooledContents(deps.database, deps.owner)) owners.set(path, accountId)
  /** Bytes at the last reading; bytes received since a reading began, and since the one before it. */
  let seen: ByAccount = await waitingBytes(deps.spoolDirectory, owners)
  let since: ByAccount = new Map()
  let sinceBefore: ByAccount = new Map()
  let looked = { atMs: performance.now(), done: Promise.resolve() }

  const look = async () => {
    sinceBefore = since
    since = new Map()
    try {
      seen = await waitingBytes(deps.spoolDirectory, owners)
    } finally {
      sinceBefore = new Map()
    }
  }
  const heldOf = (accountId: string) =>
    [seen, since, sinceBefore].reduce((sum, bytes) => sum + (bytes.get(accountId) ?? 0), 0)
  const assertWithin = (accountId: string, bytes: number, ofLog = bytes) => {
    const ofAll = [seen, since, sinceBefore].flatMap((part) => [...part.values()]).reduce((sum, one) => sum + one, 0)
    const held = { ofAccount: heldOf(accountId), ofAll }
    if (isWithinShare(held, bytes, limits)) return
    deps.onRefused?.()
    if (ofLog > oneLogBytesMax(limits)) throw longerThanShare(ofLog, oneLogBytesMax(limits))
    const problem = `${held.ofAccount} bytes of the account wait to be loaded, which is its share`
    throw new AppError('FLUXPORT.0105', `${problem} (--spool-bytes-per-account-max)`, { retryAfterSeconds })
  }
  return {
    own: (path, accountId) => void owners.set(path, accountId),
    receive: (accountId, bytes, ofLog) => {
      assertWithin(accountId, bytes, ofLog)
      since.set(accountId, (since.get(accountId) ?? 0) + bytes)
    },
    assertRoom: async (accountId) => {
      const nowMs = performance.now()
      if (nowMs - looked.atMs > lookMs) looked = { atMs: nowMs, done: look() }
      await looked.done
      assertWithin(accountId, 1)
    },
  }
}

/** The longest log is an account's share when it is alone: half of all is left free for others. */
const oneLogBytesMax = ({ max, perAccountMax }: ShareLimits) => Math.min(perAccountMax, Math.floor(max / 2))

/** Waiting would not help, so the error asks for no retry. */
function longerThanShare(bytes: number, bytesMax: number): AppError {
  const problem =
    `The log has ${bytes} bytes or more, which is more than an account's share of received bytes, ${bytesMax} ` +
    '(--spool-bytes-per-account-max, half of --spool-bytes-max): split it, or raise these'
  return new AppError('CDN.0005', problem, { status: 413 })
}

/** Bytes of each account's files; files that are gone are forgotten. Files of log sources count for ''. */
async function waitingBytes(directory: string, owners: Map<string, string>): Promise<ByAccount> {
  const known = new Set(owners.keys())
  const paths = (await readdir(directory)).filter(isReceived).map((name) => join(directory, name))
  const bytes: ByAccount = new Map()
  const add = async (path: string) => {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0, // the file was loaded meanwhile
    )
    const accountId = owners.get(path) ?? ''
    bytes.set(accountId, (bytes.get(accountId) ?? 0) + size)
  }
  await Promise.all(paths.map(add))
  const there = new Set(paths)
  for (const path of known) if (!there.has(path)) owners.delete(path)
  return bytes
}
