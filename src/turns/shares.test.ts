import { describe, expect, it } from 'vitest'
import { createShares, type Shares, type Taken } from './shares.ts'

const share = (max: number, perAccountMax = max) => createShares({ max, perAccountMax })

/** Takes shares one by one until one is refused. */
function takeAll(shares: Shares, accountId: string): Taken[] {
  const taken: Taken[] = []
  for (let one = shares.take(accountId, 1); one; one = shares.take(accountId, 1)) taken.push(one)
  return taken
}

describe('a share', () => {
  it('is as much as is left for others: half for one alone, a third for each of two', () => {
    const shares = share(60)
    expect(takeAll(shares, 'b')).toHaveLength(30)
    expect(takeAll(shares, 'c')).toHaveLength(15)
    expect(takeAll(shares, 'a').length).toBeGreaterThan(0)
  })

  it('leaves something for whoever comes next, however many there are', () => {
    const shares = share(500)
    for (let n = 0; n < 8; n++) expect(takeAll(shares, `account ${n}`).length).toBeGreaterThan(0)
  })

  it('grows again when others give back', () => {
    const shares = share(60)
    const [first, ...others] = takeAll(shares, 'b')
    takeAll(shares, 'c')
    for (const one of others) one.release()
    expect(takeAll(shares, 'c').length).toBeGreaterThan(5)
    first?.release()
    first?.release()
    expect(takeAll(shares, 'b').length).toBeGreaterThan(0)
  })

  it('is the last one that is free for who has none', () => {
    const shares = share(2)
    expect([takeAll(shares, 'b').length, takeAll(shares, 'a').length]).toEqual([1, 1])
  })

  it('is never over the account’s own limit', () => {
    expect(takeAll(share(100, 7), 'b')).toHaveLength(7)
  })

  it('lets through whoever comes first, however much it is', () => {
    const shares = share(10)
    const first = shares.take('b', 100)
    expect([first !== null, shares.take('a', 1)]).toEqual([true, null])
    first?.release()
    expect(shares.take('a', 1)).not.toBeNull()
  })

  it('may be made larger and smaller', () => {
    const shares = share(100)
    const taken = shares.take('b', 10)
    expect([taken?.resize(50), taken?.resize(51), taken?.resize(5)]).toEqual([true, false, true])
    expect([shares.take('b', 91), shares.take('b', 90) !== null]).toEqual([null, true])
  })

  it('tells whoever counts each time that it is refused', () => {
    let refused = 0
    takeAll(
      createShares({ max: 4, perAccountMax: 4 }, () => refused++),
      'b',
    )
    expect(refused).toBe(1)
  })
})
