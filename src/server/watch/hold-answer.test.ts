import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { holdAnswer } from './hold-answer.ts'

/** A clock that is set by hand, and answers that each take some of its time. */
function heldCounts({ tookMs = 100, isCurrent = false, patienceMs = 5 } = {}) {
  const state = { nowMs: 0, made: 0, fails: false, isCurrent, gate: Promise.resolve() }
  const held = holdAnswer({
    make: async () => {
      await state.gate
      state.nowMs += tookMs
      state.made += 1
      if (state.fails) throw new Error(`failure ${state.made}`)
      return state.made
    },
    isCurrent: async () => state.isCurrent,
    patienceMs,
    nowMs: () => state.nowMs,
  })
  return { state, held }
}

describe('a held answer', () => {
  it('is made once for all who ask at once', async () => {
    const { held } = heldCounts()
    expect(await Promise.all([held(), held(), held()])).toEqual([1, 1, 1])
  })

  it('is made anew a twentieth of the time at most', async () => {
    const { state, held } = heldCounts()
    expect(await held()).toBe(1) // it took 100 ms
    state.nowMs += 1_999
    expect(await held()).toBe(1)
    state.nowMs += 1
    expect(await held()).toBe(2)
  })

  it('stays while it is current', async () => {
    const { state, held } = heldCounts({ isCurrent: true })
    await held()
    state.nowMs += 1_000_000
    expect(await held()).toBe(1)
    state.isCurrent = false
    expect(await held()).toBe(2)
  })

  it('is the last one for those whose patience ends, and the new one later', async () => {
    const { state, held } = heldCounts()
    await held()
    state.nowMs += 10_000
    let open: () => void = () => undefined
    state.gate = new Promise((resolve) => {
      open = resolve
    })
    expect(await held()).toBe(1)
    open()
    await delay(1)
    expect(await held()).toBe(2)
  })

  it('is a failure where it could not be made, never an older one, and is made again', async () => {
    const { state, held } = heldCounts()
    await held()
    state.nowMs += 10_000
    state.fails = true
    await expect(held()).rejects.toThrow('failure 2')
    await expect(held()).rejects.toThrow('failure 2')
    state.nowMs += 10_000
    state.fails = false
    expect(await held()).toBe(3)
  })
})
