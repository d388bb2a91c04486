import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { LineSurvey, OpenPiece } from '../formats/line/line-survey.ts'
import type { Wrapping } from '../formats/line/wrapping.ts'
import { wrappings } from '../formats/wrapping/known-wrappings.ts'
import { instantOf } from '../formats/wrapping/pieces.ts'
import { wrappedTwice } from '../formats/wrapping/wrapping.ts'
import { surveyLines } from './survey-content.ts'

const head = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)

describe('pieces of a line', () => {
  const surveyOf = async (name: string, lines: readonly string[], before: readonly OpenPiece[] = []) => {
    const survey = wrappings.find((wrapping) => wrapping.name === name)?.survey?.(before)
    if (!survey) throw new Error(`${name} has no survey`)
    const bytes = head(lines)
    // Blocks end anywhere.
    const blocks = Array.from({ length: Math.ceil(bytes.length / 7_000) }, (_, n) =>
      bytes.subarray(n * 7_000, (n + 1) * 7_000),
    )
    await surveyLines(
      survey,
      (async function* () {
        yield* blocks
      })(),
    )
    return survey
  }
  const piecesOf = async (...about: Parameters<typeof surveyOf>) => (await surveyOf(...about)).parameters()

  it('are found with their rest, whatever another stream writes between', async () => {
    const at = '2026-09-01T00:00:01.1Z'
    const lines = [
      `${at} stdout F a`,
      `${at} stdout P b`,
      `${at} stderr F c`,
      `${at} stdout P d`,
      `${at} stdout F e`,
      `${at} stdout F f stdout P `,
    ]
    expect(await piecesOf('cri', lines)).toEqual({ pieceLines: [2, 4, 5] })
  })

  it('are found by their bytes in Docker’s log, where an escape stands for several', async () => {
    const entry = (log: string) => JSON.stringify({ log, stream: 'stdout', time: 'x' }).replaceAll('\u2028', '\\u2028')
    expect(await piecesOf('docker_json', [entry(`${'b'.repeat(16_381)}\u2028`), entry('rest\n')])).toEqual({
      pieceLines: [1, 2],
    })
  })

  it('are found by the word of systemd’s journal', async () => {
    const entry = (stream: string, more = {}) => JSON.stringify({ MESSAGE: 'm', _STREAM_ID: stream, ...more })
    const cut = { _LINE_BREAK: 'line-max' }
    const lines = [entry('a'), entry('a', cut), entry('b'), entry('a', { _LINE_BREAK: 'eof' }), entry('a')]
    expect(await piecesOf('journald_json', lines)).toEqual({ pieceLines: [2, 4] })
  })

  it.each([
    ['cri', (time: string, cut: boolean) => `${time} stdout ${cut ? 'P' : 'F'} x`],
    [
      'docker_json',
      (time: string, cut: boolean) =>
        JSON.stringify({ log: cut ? 'b'.repeat(16_384) : 'rest\n', stream: 'stdout', time }),
    ],
    [
      'journald_json',
      (time: string, cut: boolean) =>
        JSON.stringify({
          ...{ MESSAGE: 'x', _STREAM_ID: 'a', __REALTIME_TIMESTAMP: String(Date.parse(time) * 1_000) },
          ...{ _LINE_BREAK: cut ? 'line-max' : 'eof' },
        }),
    ],
  ])('at the end of one content of %s have their rest in the next one', async (name, line) => {
    const at = (ms: number) => new Date(Date.parse('2026-09-01T00:00:00.100Z') + ms).toISOString()
    const first = await surveyOf(name, [line(at(0), false), line(at(1), true)])
    const open = first.openPieces?.() ?? []
    expect([first.parameters(), open]).toMatchObject([{ pieceLines: [2] }, [{}]])
    expect(await piecesOf(name, [line(at(2), false), line(at(3), false)], open)).toEqual({ pieceLines: [1] })
    expect(await piecesOf(name, [line(at(2), true), line(at(3), false), line(at(4), false)], open)).toEqual({
      pieceLines: [1, 2],
    })
    // Later, another line; and the same content again, whose lines are of before.
    expect(await piecesOf(name, [line(at(2_500), false)], open)).toEqual({ pieceLines: [] })
    expect(await piecesOf(name, [line(at(0), false), line(at(1), true)], open)).toEqual({ pieceLines: [2] })
  })

  it('have their rest behind a line of another stream', async () => {
    const open = [{ stream: 'stdout', at: instantOf('2026-09-01T00:00:01.1Z') }]
    const lines = ['2026-09-01T08:00:01.2+08:00 stderr F a', '2026-09-01T00:00:01.3Z stdout F b']
    expect(await piecesOf('cri', lines, open)).toEqual({ pieceLines: [2] })
  })

  it('are kept of at most 64 streams, whose names are cut at 64 signs', async () => {
    const cut = (stream: string) =>
      JSON.stringify({
        __REALTIME_TIMESTAMP: '1788220801000000',
        _STREAM_ID: stream,
        _LINE_BREAK: 'line-max',
        MESSAGE: 'a',
      })
    const streams = Array.from({ length: 64 }, (_, n) => `${n}`.padEnd(90, 's'))
    const open = (await surveyOf('journald_json', streams.map(cut))).openPieces?.() ?? []
    expect(open.map(({ stream }) => stream)).toEqual(streams.map((name) => name.slice(0, 64)))
    const more = await surveyOf('journald_json', [...streams, 'one more'].map(cut))
    expect(() => more.openPieces?.()).toThrow(/more than 64 pieces of longer lines/)
  })

  it('are found in either of two wrappings', async () => {
    const [outer, inner] = ['docker_json', 'cri'].map((name) => wrappings.find((one) => one.name === name) as Wrapping)
    const survey = wrappedTwice(outer as Wrapping, inner as Wrapping).survey?.([]) as LineSurvey
    const entry = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-09-01T00:00:01Z' })
    const at = '2026-09-01T00:00:01.1Z'
    const lines = [
      entry(`${at} stdout F a\n`),
      entry(`${at} stderr P b\n`),
      entry(`${at} stderr F c\n`),
      entry(`${at} stdout F ${'d'.repeat(16_384)}`),
      entry('rest\n'),
      entry(`${at} stdout F e\n`),
    ]
    await surveyLines(survey, Readable.from([head(lines)]))
    expect((survey.parameters()['pieceLines'] as number[]).toSorted()).toEqual([2, 3, 4, 5])
  })

  it('are found by their length in Docker’s log', async () => {
    const entry = (log: string) => JSON.stringify({ log, stream: 'stdout', time: 'x' })
    const lines = [
      entry('a\n'),
      entry('b'.repeat(16_384)),
      entry('rest\n'),
      entry('c\n'),
      entry(`${'d'.repeat(16_383)}\n`),
    ]
    expect(await piecesOf('docker_json', lines)).toEqual({ pieceLines: [2, 3] })
  })
})
