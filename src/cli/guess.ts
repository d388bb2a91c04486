import { basename } from 'node:path'
import { guessFormat } from '../ingest/formats/guess/guess-format.ts'
import { logFormats } from '../ingest/formats/known-formats.ts'
import { FormatError } from '../ingest/formats/own/format-error.ts'
import { ownFormats } from '../ingest/formats/own/user-formats.ts'
import { recogniseFormat } from '../ingest/formats/recognise.ts'
import { type Client, ClientError } from './client.ts'
import { firstBytes, previewOne, textOf } from './preview.ts'
import { print, say } from './terminal.ts'

type GuessFlags = { name: string; domain?: string; logZone?: string }

/**
 * Proposes a format for a file: an entry of `--formats`, and ten lines read with it.
 * @returns false when the proposal lacks a part of a request, or the server does not read the lines with it
 * @throws ClientError when the file cannot be read, or its lines have no common form
 */
export async function guess(client: Client, file: string, flags: GuessFlags): Promise<boolean> {
  const head = await firstBytes(file)
  const known = recogniseFormat(logFormats, head, false)
  if (known) {
    print(`${basename(file)}  ${known.name}: ${known.title}. The format is known: there is nothing to describe`)
    return true
  }
  const guessed = guessFormat(head.toString('latin1').split('\n').slice(0, -1), flags.name)
  if (!guessed)
    throw new ClientError('its lines have no common form: describe one with --formats (docs/reference/log-formats.md)')
  const { entry, notes } = guessed
  print(JSON.stringify([entry], null, 2))
  for (const note of notes) say`${note}`
  try {
    ownFormats([entry])
    const asked = { ...flags, format: entry.name }
    print(textOf(basename(file), await previewOne(client, file, asked, [entry])))
    say`Compare these lines with the file. Fields named field_N are passed over; a wrong name is yours to correct.`
    return true
  } catch (error) {
    if (!(error instanceof FormatError || error instanceof ClientError)) throw error
    say`not read with it: ${error.message}`
    return false
  }
}
