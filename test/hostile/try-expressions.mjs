/**
 * Runs expressions over the lines that cost each of them the most, and says before each which it is. Whoever started this
 * ends it when one takes too long: an expression cannot be interrupted from inside.
 * Standard input: JSON, `[{ name, source, flags, formats?, examples }]`; a name of a format stands for what recognises it.
 */
import { readFileSync } from 'node:fs'
import { logFormats } from '../../dist/ingest/formats/known-formats.js'
import { allFormats } from '../../dist/ingest/formats/own/user-formats.js'
import { adversarialLines } from './adversarial-lines.mjs'

const { length, expressions, formatsPath } = JSON.parse(readFileSync(0, 'utf8'))
const formats = formatsPath ? await allFormats(formatsPath) : logFormats

for (const { name, source, flags = '', format, examples = [] } of expressions) {
  console.log(name)
  const pattern = format ? formats.find((known) => known.name === format)?.recognises : new RegExp(source, flags)
  for (const line of adversarialLines(source, length, examples)) {
    pattern.lastIndex = 0
    // As replaceAll and matchAll do: on from each match.
    if (flags.includes('g')) line.replace(pattern, '')
    else pattern.test(line)
  }
}
console.log('done')
