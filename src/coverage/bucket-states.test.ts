import { describe, expect, it } from 'vitest'
import { domainRuns, type Expectation, type SourceEvidence } from './bucket-states.ts'
import { coarseRuns } from './coarse.ts'
import { joined, type Run } from './runs.ts'
import type { BucketState } from './state-words.ts'

/** Minutes of an invented day as unix ms, on whole hours. */
const minute = (n: number) => 1_788_220_800_000 + n * 60_000
const range = { startMs: minute(0), endMs: minute(240) }

const goesOn: Expectation = {
  source: 'edge',
  isStated: true,
  filesPerHour: null,
  filesPerDay: null,
  dayZone: null,
  delaySeconds: 0,
  skipsEmptyHours: false,
  domains: null,
  expectedFromMs: null,
  expectedUntilMs: null,
}
const hourly: Expectation = { ...goesOn, source: 'cdn', filesPerHour: 1 }

/** A continuous log: start, end, and the bucket that it has begun. */
const log = (from: number, to: number): SourceEvidence => ({
  source: 'edge',
  reported: { fromMs: minute(from), toMs: minute(to), touchedToMs: minute(to + 5) },
  fileRuns: [],
  days: [],
  refused: [],
  lastFileMs: minute(to),
})
/** Hourly files: [first hour, hour after the last, files an hour]. */
const files = (...hours: [number, number, number][]): SourceEvidence => ({
  source: 'cdn',
  reported: { fromMs: minute((hours[0]?.[0] ?? 0) * 60), toMs: minute((hours.at(-1)?.[1] ?? 0) * 60), touchedToMs: 0 },
  fileRuns: hours.map(([from, to, value]) => ({ startMs: minute(from * 60), endMs: minute(to * 60), value })),
  days: [],
  refused: [],
  lastFileMs: minute((hours.at(-1)?.[1] ?? 0) * 60),
})

const refusedHours = (from: number, to: number) => [{ startMs: minute(from * 60), endMs: minute(to * 60) }]

type Given = { evidence: SourceEvidence; cadence: Expectation }
type Case = { why: string; sources: Given[]; requests?: [number, number][]; judged?: number; is: string }

/** Runs as text: `final 0-60, missing 60-240`. */
function told(runs: Run<{ state: BucketState }>[]): string {
  const at = (timeMs: number) => (timeMs - minute(0)) / 60_000
  const states = joined(runs, (a, b) => a.state === b.state)
  return states.map(({ startMs, endMs, value }) => `${value.state} ${at(startMs)}-${at(endMs)}`).join(', ')
}

const runsOf = ({ sources, requests = [], judged = 10_000 }: Case) =>
  domainRuns(
    sources,
    requests.map(([from, to]) => ({ startMs: minute(from), endMs: minute(to), value: true })),
    { range, judgedAtMs: minute(judged) },
  )

const cases: Case[] = [
  { why: 'no source at all', sources: [], is: 'missing 0-240' },
  {
    why: 'requests of a source that is not expected',
    sources: [],
    requests: [[10, 15]],
    is: 'missing 0-10, provisional 10-15, missing 15-240',
  },
  {
    why: 'a log that has gone past some',
    sources: [{ evidence: log(-60, 120), cadence: goesOn }],
    is: 'final 0-120, provisional 120-125, missing 125-240',
  },
  {
    why: 'a log of which nothing is stated',
    sources: [{ evidence: log(-60, 120), cadence: { ...goesOn, isStated: false } }],
    is: 'reported 0-120, provisional 120-125, missing 125-240',
  },
  {
    why: 'a log of which nothing is stated, beside one that keeps its cadence',
    sources: [
      { evidence: log(0, 300), cadence: { ...goesOn, isStated: false } },
      { evidence: files([0, 4, 1]), cadence: hourly },
    ],
    is: 'reported 0-240',
  },
  {
    why: 'a refused file of an hour without its file',
    sources: [{ evidence: { ...files([0, 1, 1], [2, 4, 1]), refused: refusedHours(1, 3) }, cadence: hourly }],
    is: 'final 0-60, refused 60-120, final 120-240',
  },
  {
    why: 'a refused file of an hour with requests from elsewhere',
    sources: [{ evidence: { ...files([0, 1, 1]), refused: refusedHours(1, 2) }, cadence: hourly }],
    requests: [[60, 65]],
    is: 'final 0-60, provisional 60-65, refused 65-120, missing 120-240',
  },
  {
    why: 'a log that has gone past a refused file',
    sources: [{ evidence: { ...log(0, 300), refused: refusedHours(1, 2) }, cadence: goesOn }],
    requests: [
      [0, 60],
      [60, 65],
      [120, 240],
    ],
    is: 'final 0-65, refused 65-120, final 120-240',
  },
  {
    why: 'one refused and one missing',
    sources: [
      { evidence: { ...files(), reported: null, refused: refusedHours(0, 1) }, cadence: hourly },
      { evidence: { ...files(), reported: null }, cadence: { ...hourly, source: 'b' } },
    ],
    is: 'refused 0-60, missing 60-240',
  },
  {
    why: 'a log with a delay',
    sources: [{ evidence: log(-60, 120), cadence: { ...goesOn, delaySeconds: 1_801 } }],
    is: 'final 0-85, provisional 85-125, missing 125-240',
  },
  {
    why: 'a log that begins later',
    sources: [{ evidence: log(30, 300), cadence: goesOn }],
    is: 'missing 0-30, final 30-240',
  },
  {
    why: 'a log that is expected before it begins',
    sources: [{ evidence: log(30, 300), cadence: { ...goesOn, expectedFromMs: minute(0) } }],
    is: 'missing 0-30, final 30-240',
  },
  {
    why: 'a log that has ended',
    sources: [{ evidence: log(0, 60), cadence: { ...goesOn, expectedUntilMs: minute(60) } }],
    is: 'final 0-60, missing 60-240',
  },
  {
    why: 'a log with a delay of a day',
    sources: [{ evidence: log(0, 300), cadence: { ...goesOn, delaySeconds: 86_400 } }],
    is: 'provisional 0-240',
  },
  {
    why: 'one log past and another behind',
    sources: [
      { evidence: log(0, 300), cadence: goesOn },
      { evidence: { ...log(0, 60), source: 'b' }, cadence: { ...goesOn, source: 'b' } },
    ],
    is: 'final 0-60, provisional 60-240',
  },
  {
    why: 'a second log that began later',
    sources: [
      { evidence: log(0, 300), cadence: goesOn },
      { evidence: { ...log(120, 300), source: 'b' }, cadence: { ...goesOn, source: 'b' } },
    ],
    is: 'final 0-240',
  },
  { why: 'a file of each hour', sources: [{ evidence: files([0, 4, 1]), cadence: hourly }], is: 'final 0-240' },
  {
    why: 'an hour without its file',
    sources: [{ evidence: files([0, 1, 1], [2, 4, 1]), cadence: hourly }],
    is: 'final 0-60, missing 60-120, final 120-240',
  },
  {
    why: 'a stray line in an hour without its file',
    sources: [{ evidence: files([0, 1, 1], [2, 4, 1]), cadence: hourly }],
    requests: [[115, 120]],
    is: 'final 0-60, missing 60-115, provisional 115-120, final 120-240',
  },
  {
    why: 'one file of two',
    sources: [{ evidence: files([0, 2, 2], [2, 4, 1]), cadence: { ...hourly, filesPerHour: 2 } }],
    is: 'final 0-120, provisional 120-240',
  },
  {
    why: 'a delay that is not over',
    sources: [{ evidence: files([0, 4, 1]), cadence: { ...hourly, delaySeconds: 3_600 } }],
    judged: 200,
    is: 'final 0-120, provisional 120-240',
  },
  {
    why: 'an empty hour of a source that skips them',
    sources: [{ evidence: files([0, 1, 1], [2, 4, 1]), cadence: { ...hourly, skipsEmptyHours: true } }],
    is: 'final 0-240',
  },
  {
    why: 'an empty hour whose delay is not over',
    sources: [
      { evidence: files([0, 1, 1], [2, 4, 1]), cadence: { ...hourly, skipsEmptyHours: true, delaySeconds: 3_600 } },
    ],
    judged: 170,
    is: 'final 0-60, missing 60-120, provisional 120-240',
  },
  {
    why: 'an empty hour after which nothing came',
    sources: [{ evidence: files([0, 1, 1]), cadence: { ...hourly, skipsEmptyHours: true } }],
    is: 'final 0-60, missing 60-240',
  },
  {
    why: 'a source that is named and has never delivered',
    sources: [{ evidence: { ...files(), reported: null }, cadence: hourly }],
    is: 'missing 0-240',
  },
  {
    why: 'a log, beside a source that has never delivered',
    sources: [
      { evidence: log(0, 300), cadence: goesOn },
      { evidence: { ...files(), reported: null }, cadence: { ...hourly, domains: ['a'] } },
    ],
    is: 'provisional 0-240',
  },
]

describe('a domain’s buckets', () => {
  it.each(cases)('with $why', (one) => {
    expect(told(runsOf(one))).toBe(one.is)
  })

  it('name each source that is expected, and its state', () => {
    const behind = { evidence: { ...log(60, 120), source: 'b' }, cadence: { ...goesOn, source: 'b' } }
    const runs = runsOf({ why: '', is: '', sources: [{ evidence: log(0, 300), cadence: goesOn }, behind] })
    expect(runs.map(({ value }) => value.sources.map(({ source, state }) => `${source} ${state}`).join(', '))).toEqual([
      'edge final',
      'edge final, b final',
      'edge final, b provisional',
      'edge final, b missing',
    ])
  })

  it('make an hour final, or missing, when all of its five minutes are', () => {
    const runs = runsOf({ why: '', is: '', sources: [{ evidence: log(60, 150), cadence: goesOn }] })
    expect(told(coarseRuns(runs, range.startMs, 3_600_000))).toBe(
      'missing 0-60, final 60-120, provisional 120-180, missing 180-240',
    )
  })
})
