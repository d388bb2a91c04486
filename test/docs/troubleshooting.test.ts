import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const page = readFileSync(`${root}docs/guide/troubleshooting.md`, 'utf8')

/** The source as its texts read: a text that goes on in the next line is one. */
const source = readdirSync(`${root}src`, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .map((path) => readFileSync(`${root}src/${path}`, 'utf8'))
  .join('\n')
  .replaceAll(/['`] \+\s+['`]/g, '')
  .replaceAll("\\'", "'")

/** The fixed parts of a line. Its values stand as …. */
const pieces = [...page.matchAll(/^```text\n([\s\S]*?)^```/gm)]
  .flatMap(([, block = '']) => block.trim().split('\n'))
  .filter((line) => !line.startsWith('"')) // cells of a file
  .flatMap((line) => line.split('…'))
  // errors.ts puts a parameter's name and its problem together.
  .map((piece) => piece.trim().replace(/^The parameter \w+ is invalid: ?/, ''))
  .filter((piece) => /\w{3}/.test(piece))

/** A text may be put together of two sentences, or of a heading and what follows. */
const isPrinted = (piece: string) =>
  source.includes(piece) || piece.split(/[:.)] |[:)]$/).every((part) => source.includes(part.trim()))

it('quotes the words that the product prints', () => {
  expect(pieces.length).toBeGreaterThan(40)
  expect(pieces.filter((piece) => !isPrinted(piece))).toEqual([])
})

it('names events that the log has', () => {
  const events = [...page.matchAll(/`((?:engine|export|http|ingest|source|webhook)\.[a-z_]+)`/g)].map(
    ([, event = '']) => event,
  )
  expect(events.length).toBeGreaterThan(8)
  expect(events.filter((event) => !source.includes(`'${event}'`))).toEqual([])
})
