import { logFormats } from '../ingest/formats/known-formats.ts'
import { print } from './terminal.ts'

/** Prints every log format: its name, title, the meaning of its figures, and an example line. */
export function listFormats(): void {
  for (const { name, title, namesDomain, meaning, example } of logFormats) {
    const told = `time ${meaning.time}; bytes ${meaning.bytes}; hit: ${meaning.cache}`
    const domain = namesDomain ? '' : ' (names no domain: --domain does)'
    print(`${name}: ${title}${domain}\n    ${told}\n    ${example}\n`)
  }
}
