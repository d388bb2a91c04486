import fc from 'fast-check'
import { expect, it } from 'vitest'
import { domainRuns, type Expectation, type SourceEvidence, undecidedSpan } from './bucket-states.ts'
import { joined, type Run, type Span } from './runs.ts'

const bucketMs = 300_000
const buckets = 288
const startMs = 1_788_220_800_000
const range = { startMs, endMs: startMs + buckets * bucketMs }
const judgedAtMs = range.endMs + 86_400_000
const placeOf = (bucket: number) => startMs + bucket * bucketMs

/** Spans of whole buckets within the range, in order and without overlaps. */
const spans = fc
  .uniqueArray(fc.integer({ min: 0, max: buckets }), { maxLength: 8 })
  .map((edges) => edges.sort((a, b) => a - b))
  .map((edges): Span[] =>
    Array.from({ length: edges.length >> 1 }, (_, n) => ({
      startMs: placeOf(edges[2 * n] ?? 0),
      endMs: placeOf(edges[2 * n + 1] ?? 0),
    })),
  )

const cadence = (filesPerHour: number | null): Expectation => ({
  ...{ source: 'edge', isStated: filesPerHour !== null, filesPerHour, filesPerDay: null, dayZone: null },
  ...{ delaySeconds: 0, skipsEmptyHours: false, domains: null, expectedFromMs: null, expectedUntilMs: null },
})

const hourMs = 12 * bucketMs
const toHour = (timeMs: number) => Math.floor(timeMs / hourMs) * hourMs

const source = fc
  .record({ reported: spans, refused: spans, hasRest: fc.boolean(), isHourly: fc.boolean() })
  .map(({ reported: [reported], refused, hasRest, isHourly }) => {
    const evidence: SourceEvidence = {
      source: 'edge',
      reported: reported
        ? { fromMs: reported.startMs, toMs: reported.endMs, touchedToMs: reported.endMs + bucketMs }
        : null,
      fileRuns:
        isHourly && reported ? [{ startMs: toHour(reported.startMs), endMs: toHour(reported.endMs), value: 1 }] : [],
      days: [],
      refused,
      restRefused: hasRest ? refused.slice(0, 1) : [],
      lastFileMs: reported?.endMs ?? 0,
    }
    return { evidence, cadence: cadence(isHourly ? 1 : null) }
  })

const within = (requests: readonly Span[], span: Span | null): Run<true>[] =>
  requests.flatMap((one) => {
    const run = {
      startMs: Math.max(one.startMs, span?.startMs ?? 0),
      endMs: Math.min(one.endMs, span?.endMs ?? 0),
    }
    return run.startMs < run.endMs ? [{ ...run, value: true as const }] : []
  })

it('states are the same with the requests of the undecided span alone', () => {
  fc.assert(
    fc.property(fc.array(source, { maxLength: 3 }), spans, (sources, requests) => {
      const how = { range, judgedAtMs }
      const evidence = sources.map((one) => one.evidence)
      const span = undecidedSpan(evidence, domainRuns(sources, [], how))
      const all = joined(within(requests, range), Object.is)
      expect(domainRuns(sources, within(all, span), how)).toEqual(domainRuns(sources, all, how))
    }),
    { numRuns: 2_000 },
  )
})
