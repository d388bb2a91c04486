import { AppError } from '../errors.ts'

/**
 * The first bytes of a body that no budget counts: each connection holds that much anyway, and most bodies are shorter.
 */
export const freeBytes = 16_384

/** One request's part of the budget. */
export type BodyShare = {
  /**
   * Counts more bytes that are held in memory.
   * @throws AppError FLUXPORT.0003 when the owner, or all owners, hold their maximum; nothing is counted then
   */
  take(bytes: number): void
  /** Gives all counted bytes back. */
  release(): void
  /** Gives all counted bytes back, and ignores later ones: the request is over. */
  end(): void
}

/** The sender that the bytes count for. Only a proven sender counts for its account: anybody may name another's key. */
export type BodyOwner =
  | { kind: 'proven'; accountId: string }
  /** `isHeld` false: the body is read and dropped. It uses no room, but is refused where a held body would be. */
  | { kind: 'unproven'; address: string; accessKey: string; isHeld: boolean }

/** One budget for the bytes of all bodies that are being received, on all connections. */
export type BodyBudget = {
  open(owner: BodyOwner): BodyShare
  /** Bytes held now. */
  heldBytes(): number
}

/** Divisors: the budget's part for a proven sender, and for an unproven one. The longest body has 12.5 MiB. */
const [accountPart, unprovenPart] = [4, 16]
const unprovenShareBytesMin = 16 * 1024 ** 2

/**
 * Unproven senders may hold half of the budget; the other half is reserved for proven ones.
 * @param bytesMax bound of all bodies together, 64 MiB or more
 */
export function createBodyBudget(bytesMax: number): BodyBudget {
  const perOwner = new Map<string, number>()
  const held = { all: 0, unproven: 0 }
  const unprovenShareBytes = Math.max(unprovenShareBytesMin, bytesMax / unprovenPart)

  const hasRoom = (owner: BodyOwner, name: string, bytes: number): boolean => {
    const own = (perOwner.get(name) ?? 0) + bytes
    if (held.all + bytes > bytesMax) return false
    if (owner.kind === 'proven') return own <= bytesMax / accountPart
    return own <= unprovenShareBytes && held.unproven + bytes <= bytesMax / 2
  }
  const count = (owner: BodyOwner, name: string, bytes: number) => {
    const own = (perOwner.get(name) ?? 0) + bytes
    if (own > 0) perOwner.set(name, own)
    else perOwner.delete(name)
    if (owner.kind === 'unproven' && !owner.isHeld) return
    held.all += bytes
    if (owner.kind === 'unproven') held.unproven += bytes
  }
  return {
    heldBytes: () => held.all,
    open: (owner) => {
      const name = nameOf(owner)
      let free = freeBytes
      let taken = 0
      let isOver = false
      const release = () => {
        if (taken > 0) count(owner, name, -taken)
        taken = 0
      }
      return {
        take: (bytes) => {
          if (isOver) return
          const counted = Math.max(0, bytes - free)
          if (counted > 0 && !hasRoom(owner, name, counted)) throw noRoom()
          free = Math.max(0, free - bytes)
          if (counted > 0) count(owner, name, counted)
          taken += counted
        },
        release,
        end: () => {
          isOver = true
          release()
        },
      }
    },
  }
}

const nameOf = (owner: BodyOwner) => (owner.kind === 'proven' ? owner.accountId : `${owner.address} ${owner.accessKey}`)

const noRoom = () =>
  new AppError('FLUXPORT.0003', 'More bytes of bodies are on their way than may be held; nothing was taken', {
    retryAfterSeconds: 1,
  })
