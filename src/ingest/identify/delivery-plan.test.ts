import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type ByteRange, type LoadedBeginning, planDelivery } from './delivery-plan.ts'

/** A log's content for the planner: its text, and the lengths that can be delivered. */
type Log = { text: string; deliverable: number[] }

type Step = { kind: 'deliver'; at: number } | { kind: 'forget'; at: number } | { kind: 'deliver again' }

const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 4 }), { minLength: 1, maxLength: 12 })
/** A growing log: its last line may have no end yet. Any of its beginnings can be delivered, at any time. */
const logs: fc.Arbitrary<Log> = fc.record({ lines, ended: fc.boolean() }).map(({ lines: all, ended }) => {
  const text = all.map((line) => `${line}\n`).join('')
  const content = ended ? text : text.slice(0, -1)
  return { text: content, deliverable: Array.from({ length: content.length }, (_, index) => index + 1) }
})
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('deliver' as const), at: fc.nat() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('forget' as const), at: fc.nat() }) },
    { weight: 1, arbitrary: fc.constant({ kind: 'deliver again' as const }) },
  ),
  { minLength: 1, maxLength: 25 },
)

/** The ledger as the planner knows it: loaded batches without the forgotten ones. */
class Ledger {
  readonly loaded = new Map<number, LoadedBeginning>()
  nextId = 1

  /** Loads by the plan: every loaded content begins this one, or this one begins it. */
  deliver(log: Log, sizeBytes: number): ReturnType<typeof planDelivery> {
    const plan = planDelivery(sizeBytes, [...this.loaded.values()])
    if (plan.kind === 'duplicate') return plan
    for (const batchId of plan.supersedes) this.loaded.delete(batchId)
    const batchId = this.nextId++
    const endsWithNewline = log.text[sizeBytes - 1] === '\n'
    this.loaded.set(batchId, { batchId, ranges: plan.ranges, endByte: sizeBytes, endsWithNewline })
    return plan
  }

  forget(at: number): void {
    const batchId = [...this.loaded.keys()][at % Math.max(1, this.loaded.size)]
    if (batchId !== undefined) this.loaded.delete(batchId)
  }

  /** For each byte of the content, the number of times that it counts. */
  coverage(sizeBytes: number): number[] {
    const times = new Array<number>(sizeBytes).fill(0)
    for (const { ranges } of this.loaded.values()) {
      for (const [from, to] of ranges) for (let at = from; at < to; at++) times[at] = (times[at] ?? 0) + 1
    }
    return times
  }
}

const isLineStart = (log: Log, at: number) => at === 0 || log.text[at - 1] === '\n'

/** Runs the steps and calls `check` after every delivery. */
function run(
  log: Log,
  all: Step[],
  check: (ledger: Ledger, sizeBytes: number, plan: ReturnType<typeof planDelivery>) => void,
) {
  const ledger = new Ledger()
  let sizeBytes = 0
  for (const step of all) {
    if (step.kind === 'forget') {
      ledger.forget(step.at)
      continue
    }
    if (step.kind === 'deliver') sizeBytes = log.deliverable[step.at % log.deliverable.length] ?? 0
    if (sizeBytes === 0) continue
    check(ledger, sizeBytes, ledger.deliver(log, sizeBytes))
  }
}

const runs = { numRuns: 3_000 }

describe('deliveries of a growing log, some forgotten in between', () => {
  it('count every delivered byte exactly once', () => {
    fc.assert(
      fc.property(logs, steps, (log, all) => {
        run(log, all, (ledger, sizeBytes) => {
          expect(ledger.coverage(sizeBytes).every((times) => times === 1)).toBe(true)
          expect(ledger.coverage(log.text.length).every((times) => !(times > 1))).toBe(true)
        })
      }),
      runs,
    )
  })

  it('never load half of a line beside its other half', () => {
    fc.assert(
      fc.property(logs, steps, (log, all) => {
        run(log, all, (ledger) => {
          for (const { ranges, endByte } of ledger.loaded.values()) {
            for (const [from, to] of ranges) {
              expect(isLineStart(log, from)).toBe(true)
              expect(to === endByte || isLineStart(log, to)).toBe(true)
            }
          }
        })
      }),
      runs,
    )
  })

  it('load nothing of what is loaded already, and call it a duplicate of a batch that counts', () => {
    fc.assert(
      fc.property(logs, steps, (log, all) => {
        run(log, all, (ledger, sizeBytes) => {
          const again = ledger.deliver(log, sizeBytes)
          expect(again).toMatchObject({ kind: 'duplicate' })
          if (again.kind === 'duplicate') expect(ledger.loaded.has(again.batchId)).toBe(true)
        })
      }),
      runs,
    )
  })

  it('plan ranges that are in order, apart and not empty', () => {
    fc.assert(
      fc.property(logs, steps, (log, all) => {
        run(log, all, (_ledger, sizeBytes, plan) => {
          if (plan.kind === 'duplicate') return
          const bounds = plan.ranges.flat()
          expect(bounds).toEqual([...new Set(bounds)].sort((a, b) => a - b))
          expect(bounds.every((at) => at >= 0 && at <= sizeBytes)).toBe(true)
          expect(plan.ranges.length).toBeGreaterThan(0)
        })
      }),
      runs,
    )
  })
})

const beginning = (batchId: number, ranges: ByteRange[], endByte: number, endsWithNewline = true): LoadedBeginning => ({
  ...{ batchId, ranges, endByte, endsWithNewline },
})

describe('a plan', () => {
  it.each([
    { why: 'loads all of a new file', beginnings: [], plan: { kind: 'load', ranges: [[0, 100]], supersedes: [] } },
    {
      why: 'loads the rest of a grown file',
      beginnings: [beginning(1, [[0, 40]], 40)],
      plan: { kind: 'load', ranges: [[40, 100]], supersedes: [] },
    },
    {
      why: 'loads nothing of a file that is loaded',
      beginnings: [beginning(1, [[0, 40]], 40), beginning(2, [[40, 100]], 100)],
      plan: { kind: 'duplicate', batchId: 2 },
    },
    {
      why: 'loads nothing of a file that is loaded without a last line end',
      beginnings: [beginning(1, [[0, 100]], 100, false)],
      plan: { kind: 'duplicate', batchId: 1 },
    },
    {
      why: 'fills the hole that a forgotten batch has left',
      beginnings: [beginning(2, [[40, 100]], 100)],
      plan: { kind: 'load', ranges: [[0, 40]], supersedes: [] },
    },
    {
      why: 'loads nothing twice that is loaded twice already, by force',
      beginnings: [beginning(1, [[0, 80]], 80), beginning(2, [[0, 40]], 40)],
      plan: { kind: 'load', ranges: [[80, 100]], supersedes: [] },
    },
    {
      why: 'loads nothing of what a longer file has',
      beginnings: [beginning(1, [[0, 40]], 40), beginning(2, [[40, 170]], 170)],
      plan: { kind: 'duplicate', batchId: 2 },
    },
    {
      why: 'fills the hole that a forgotten batch has left before a longer file’s rest',
      beginnings: [beginning(2, [[100, 170]], 170)],
      plan: { kind: 'load', ranges: [[0, 100]], supersedes: [] },
    },
    {
      why: 'replaces a batch that was cut in a line',
      beginnings: [beginning(1, [[0, 40]], 40), beginning(2, [[40, 55]], 55, false)],
      plan: { kind: 'load', ranges: [[40, 100]], supersedes: [2] },
    },
  ])('$why', ({ beginnings, plan }) => {
    expect(planDelivery(100, beginnings)).toEqual(plan)
  })
})
