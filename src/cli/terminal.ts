import { exactJson } from '../exact-json.ts'
import { visibleJson, visibleLines, visibleText } from '../visible-text.ts'

/**
 * Every command prints through this module: text from a server, a file or a log is shown, and the terminal never acts
 * on it.
 */

/** Ends the program without an error once its output's reader, such as `head`, has read enough. */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
}

/** Prints a sentence on standard output: say`batch ${id} (${name})`. A value stays on its line. */
export function say(texts: TemplateStringsArray, ...values: unknown[]): void {
  print(sentence(texts, values))
}

/** As `say`, on standard error, outside a program's input. */
export function sayAside(texts: TemplateStringsArray, ...values: unknown[]): void {
  printAside(sentence(texts, values))
}

/** Prints the program's own lines, such as a table, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`)
}

/** Prints the program's own lines on standard error. */
export function printAside(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`)
}

/** Prints an answer as JSON of equal value, with every digit of its whole numbers. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(exactJson(value, 2))}\n`)
}

const sentence = (texts: TemplateStringsArray, values: unknown[]): string =>
  texts.map((text, n) => text + (n < values.length ? visibleText(String(values[n])) : '')).join('')
