import { logFormats } from '../ingest/formats/log-format.ts'

/** Prints every log format: its name, what it is, what its figures mean, and a line of it. */
export function listFormats(): void {
  for (const { name, title, namesDomain, meaning, example } of logFormats) {
    const told = `time ${meaning.time}; bytes ${meaning.bytes}; hit: ${meaning.cache}`
    console.log(
      `${name}: ${title}${namesDomain ? '' : ' (names no domain: --domain does)'}\n    ${told}\n    ${example}\n`,
    )
  }
}
