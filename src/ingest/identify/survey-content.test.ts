import { describe, expect, it } from 'vitest'
import { wrappings } from '../formats/wrapping/known-wrappings.ts'
import { surveyLines } from './survey-content.ts'

const head = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)

describe('pieces of a line', () => {
  const piecesOf = async (name: string, lines: readonly string[]) => {
    const survey = wrappings.find((wrapping) => wrapping.name === name)?.survey?.()
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
    return survey.parameters()
  }

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
