import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isReceived } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import { spooledContents } from '../../ledger/batch-outcome.ts'
import type { Database } from '../../ports/database/database.ts'
import { isWithinShare, type ShareLimits } from '../../turns/shares.ts'

/**
 * Whose the received bytes are that wait to be loaded. An account may have as many as it leaves free, and no more than
 * `--spool-bytes-per-account-max`: what waits of one never keeps another's from being received.
 */
export type SpoolShares = {
  /** A file of the spool is an account's: its bytes count for it until the file is gone. */
  own(path: string, accountId: string): void
  /**
   * `bytes` are about to be written.
   * @param ofLog bytes of the same log so far, with these
   * @throws AppError FLUXPORT.0105 when they are over the account's share, CDN.0005 (413) when the log alone is
   */
  receive(accountId: string, bytes: number, ofLog: number): void
  /** Looks again, unless that was done within a second. Nothing is taken before a look. @throws as above */
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

/** Begins with what the process before has left. */
export async function createSpoolShares(deps: SpoolShareDeps): Promise<SpoolShares> {
  const limits: ShareLimits = { max: deps.spoolBytesMax, perAccountMax: deps.spoolBytesPerAccountMax }
  const owners = new Map<string, string>()
  for (const { path, accountId } of await spooledContents(deps.database, deps.owner)) owners.set(path, accountId)
  /** What lay there at the last look; what came since a look began, and since the one before it. */
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

/** What an account that is alone may have is what one log may have: half of all is left free for others. */
const oneLogBytesMax = ({ max, perAccountMax }: ShareLimits) => Math.min(perAccountMax, Math.floor(max / 2))

/** Nothing has to be waited for: it never fits. */
function longerThanShare(bytes: number, bytesMax: number): AppError {
  const problem =
    `The log has ${bytes} bytes or more, which is more than an account's share of received bytes, ${bytesMax} ` +
    '(--spool-bytes-per-account-max, half of --spool-bytes-max): split it, or raise these'
  return new AppError('CDN.0005', problem, { status: 413 })
}

/** Bytes of each account's files; those that are gone are nobody's any more. Files of sources are of ''. */
async function waitingBytes(directory: string, owners: Map<string, string>): Promise<ByAccount> {
  const known = new Set(owners.keys())
  const paths = (await readdir(directory)).filter(isReceived).map((name) => join(directory, name))
  const bytes: ByAccount = new Map()
  const add = async (path: string) => {
    const size = await stat(path).then(
      (found) => found.size,
      () => 0, // loaded meanwhile
    )
    const accountId = owners.get(path) ?? ''
    bytes.set(accountId, (bytes.get(accountId) ?? 0) + size)
  }
  await Promise.all(paths.map(add))
  const there = new Set(paths)
  for (const path of known) if (!there.has(path)) owners.delete(path)
  return bytes
}
