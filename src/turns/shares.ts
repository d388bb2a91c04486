/**
 * Divides a shared amount among accounts: each may hold as much as it leaves free for others. One account alone holds
 * half, two a third each, and so on: an account that holds nothing always finds some.
 */
export type Shares = {
  /** Takes an amount for an account. @returns null when that exceeds its present share */
  take(accountId: string, amount: number): Taken | null
}

/** An account's holding, until it is released. */
export type Taken = {
  /**
   * Changes the held amount.
   * @returns false when that exceeds the account's present share; the holding stays unchanged
   */
  resize(amount: number): boolean
  /** Releases the whole holding; a second call does nothing. */
  release(): void
}

/** Held amounts, in the unit of `max`. */
type Held = { ofAccount: number; ofAll: number }
/** @property perAccountMax most that one account may hold, whatever is free */
export type ShareLimits = { max: number; perAccountMax: number }

/**
 * True if an account may take `amount` more: its new holding must not exceed the free amount. When nobody holds
 * anything, the first may take any amount.
 */
export function isWithinShare(held: Held, amount: number, { max, perAccountMax }: ShareLimits): boolean {
  if (held.ofAll === 0) return true
  const own = held.ofAccount + amount
  return own <= perAccountMax && own <= max - held.ofAll
}

/** @param onRefused called when an account has met its share */
export function createShares(limits: ShareLimits, onRefused: () => void = () => undefined): Shares {
  const held = new Map<string, number>()
  let ofAll = 0
  const add = (accountId: string, amount: number) => {
    const own = (held.get(accountId) ?? 0) + amount
    ofAll += amount
    if (own > 0) held.set(accountId, own)
    else held.delete(accountId)
  }
  const takeMore = (accountId: string, amount: number): boolean => {
    const isLess = amount <= 0
    const isWithin = isLess || isWithinShare({ ofAccount: held.get(accountId) ?? 0, ofAll }, amount, limits)
    if (isWithin) add(accountId, amount)
    else onRefused()
    return isWithin
  }
  return {
    take: (accountId, amount) => {
      if (!takeMore(accountId, amount)) return null
      let taken = amount
      return {
        resize: (wanted) => {
          const isTaken = takeMore(accountId, wanted - taken)
          if (isTaken) taken = wanted
          return isTaken
        },
        release: () => {
          add(accountId, -taken)
          taken = 0
        },
      }
    },
  }
}
