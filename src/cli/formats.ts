import { logFormats } from '../ingest/formats/log-format.ts'

/** Prints every log format: its name, what it is, and a line of it. */
export function listFormats(): void {
  for (const { name, title, namesDomain, example } of logFormats) {
    console.log(`${name}: ${title}${namesDomain ? '' : ' (names no domain: --domain does)'}\n    ${example}\n`)
  }
}
