/**
 * How much of something that all accounts share one of them may hold: as much as it leaves free for others. One account
 * alone holds half of it, two a third each, and so on: whoever has nothing yet always finds some.
 */
export type Shares = {
  /** Takes some for an account. @returns null when that is more than its share now */
  take(accountId: string, amount: number): Taken | null
}

/** What an account holds, until it gives it back. */
export type Taken = {
  /** Holds another amount instead. @returns false when that is more than the account's share now: it holds what it held then */
  resize(amount: number): boolean
  /** Gives all of it back; a second time does nothing. */
  release(): void
}

/** What is held now, in the unit of `max`. */
type Held = { ofAccount: number; ofAll: number }
/** @property perAccountMax what an account may hold at most, whatever is free */
export type ShareLimits = { max: number; perAccountMax: number }

/**
 * Whether an account may take `amount` more: what it holds then is no more than what is free now. When nobody holds anything,
 * the first may take any amount.
 */
export function isWithinShare(held: Held, amount: number, { max, perAccountMax }: ShareLimits): boolean {
  if (held.ofAll === 0) return true
  const own = held.ofAccount + amount
  return own <= perAccountMax && own <= max - held.ofAll
}

/** @param onRefused an account has met its share */
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
