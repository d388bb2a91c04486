import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createGate, type Gate, type GateLimits } from './gate.ts'

const limits: GateLimits = { atOnceMax: 3, perAccountMax: 2, waitingMax: 2, secondsMax: 1_000 }
const never = new AbortController().signal

/** Work that lasts until it is told to end, or its signal aborts. */
function workOn(gate: Gate, accountId: string, gone: AbortSignal = never) {
  const state: { hasBegun: boolean; end: () => void } = { hasBegun: false, end: () => undefined }
  const done = gate.run(
    accountId,
    gone,
    (signal) =>
      new Promise<string>((resolve, reject) => {
        state.hasBegun = true
        state.end = () => resolve(accountId)
        signal.addEventListener('abort', () => reject(signal.reason))
      }),
  )
  done.catch(() => undefined)
  return { state, done }
}

describe('a gate', () => {
  it('does an account’s work a few at a time, and refuses what would wait too long a queue', async () => {
    const gate = createGate(limits)
    const works = ['b', 'b', 'b', 'b', 'b'].map((id) => workOn(gate, id))
    await setImmediate()
    expect(works.map(({ state }) => state.hasBegun)).toEqual([true, true, false, false, false])
    await expect(works[4]?.done).rejects.toMatchObject({ code: 'FLUXPORT.0004', status: 429, retryAfterSeconds: 1 })
    works[0]?.state.end()
    expect(await works[0]?.done).toBe('b')
    await setImmediate()
    expect(works[2]?.state.hasBegun).toBe(true)
  })

  it('has a place for whoever comes with nothing at work before those that wait', async () => {
    const gate = createGate(limits)
    const busy = ['b', 'b', 'c'].map((id) => workOn(gate, id))
    const [more, a] = [workOn(gate, 'c'), workOn(gate, 'a')]
    await setImmediate()
    expect([more.state.hasBegun, a.state.hasBegun]).toEqual([false, false])
    busy[0]?.state.end()
    await busy[0]?.done
    await setImmediate()
    expect([more.state.hasBegun, a.state.hasBegun]).toEqual([false, true])
  })

  it('ends work, and what waits, when nobody waits for the answer any more', async () => {
    const gate = createGate({ ...limits, atOnceMax: 1 })
    const gone = new AbortController()
    const [first, second] = [workOn(gate, 'b', gone.signal), workOn(gate, 'b', gone.signal)]
    await setImmediate()
    gone.abort(new Error('hung up'))
    for (const { done } of [first, second]) await expect(done).rejects.toMatchObject({ code: 'APIGW.0201' })
    const next = workOn(gate, 'b')
    await setImmediate()
    expect([second.state.hasBegun, next.state.hasBegun]).toEqual([false, true])
    const late = workOn(gate, 'c', gone.signal)
    await expect(late.done).rejects.toMatchObject({ code: 'APIGW.0201' })
  })

  it('cuts work that takes too long, and what waits too long', async () => {
    const gate = createGate({ ...limits, atOnceMax: 1, secondsMax: 0.05 })
    const [first, second] = [workOn(gate, 'b'), workOn(gate, 'b')]
    await expect(first.done).rejects.toMatchObject({
      code: 'CDN.0005',
      message: expect.stringMatching(/--query-seconds-max/),
    })
    await expect(second.done).rejects.toMatchObject({ code: expect.stringMatching(/^(CDN.0005|FLUXPORT.0004)$/) })
  })

  it('passes on what the work answers and throws', async () => {
    const gate = createGate(limits)
    expect(await gate.run('a', never, async () => 1)).toBe(1)
    await expect(gate.run('a', never, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine')
  })
})
