import { describe, expect, it } from 'vitest'
import { type BodyOwner, createBodyBudget, freeBytes } from './body-budget.ts'

const mebibyte = 1024 ** 2
const budgetBytes = 64 * mebibyte
const proven = (accountId: string): BodyOwner => ({ kind: 'proven', accountId })
const stranger = (address: string, isHeld = true): BodyOwner => ({
  ...{ kind: 'unproven', address, accessKey: 'FLX0', isHeld },
})
const noRoom = expect.objectContaining({ code: 'FLUXPORT.0003', status: 503, retryAfterSeconds: 1 })
const codeOf = (take: () => void) => {
  try {
    take()
    return null
  } catch (error) {
    return error
  }
}

describe('the budget of bodies', () => {
  it('counts what is beyond the first bytes of each body, and gives it back once', () => {
    const budget = createBodyBudget(budgetBytes)
    const share = budget.open(proven('a'))
    share.take(freeBytes - 1)
    expect(budget.heldBytes()).toBe(0)
    share.take(101)
    expect(budget.heldBytes()).toBe(100)
    share.release()
    share.release()
    expect(budget.heldBytes()).toBe(0)
    share.take(100)
    share.end()
    share.take(100)
    expect(budget.heldBytes()).toBe(0)
  })

  it('gives an account a quarter, whatever the number of its bodies', () => {
    const budget = createBodyBudget(budgetBytes)
    for (let n = 0; n < 16; n++) budget.open(proven('a')).take(mebibyte)
    const more = budget.open(proven('a'))
    expect(codeOf(() => more.take(mebibyte))).toEqual(noRoom)
    more.take(freeBytes)
    budget.open(proven('b')).take(16 * mebibyte)
  })

  it('keeps half of all for senders that are known', () => {
    const budget = createBodyBudget(budgetBytes)
    for (const address of ['1', '2']) budget.open(stranger(address)).take(16 * mebibyte)
    expect(codeOf(() => budget.open(stranger('3')).take(mebibyte))).toEqual(noRoom)
    for (const account of ['a', 'b']) budget.open(proven(account)).take(16 * mebibyte)
    expect(codeOf(() => budget.open(proven('c')).take(mebibyte))).toEqual(noRoom)
    expect(budget.heldBytes()).toBeLessThanOrEqual(budgetBytes)
  })

  it('refuses a body that is not held where it would refuse a held one, and takes nobody’s room for it', () => {
    const budget = createBodyBudget(budgetBytes)
    for (let n = 0; n < 16; n++) budget.open(stranger('1', false)).take(mebibyte)
    expect(codeOf(() => budget.open(stranger('1', false)).take(mebibyte))).toEqual(noRoom)
    expect(budget.heldBytes()).toBe(0)
    for (const address of ['2', '3']) budget.open(stranger(address)).take(16 * mebibyte)
    expect(codeOf(() => budget.open(stranger('4', false)).take(mebibyte))).toEqual(noRoom)
  })
})
