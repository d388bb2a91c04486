import { exactJson } from '../exact-json.ts'
import { visibleJson, visibleLines, visibleText } from '../visible-text.ts'

/**
 * Everything that a command says goes through here: what comes from a server, a file or a log is shown and never obeyed by
 * the terminal.
 */

/** A sentence on standard output: say`batch ${id} (${name})`. A value keeps to its line. */
export function say(texts: TemplateStringsArray, ...values: unknown[]): void {
  print(sentence(texts, values))
}

/** The same on standard error, where it is in nobody's way. */
export function sayAside(texts: TemplateStringsArray, ...values: unknown[]): void {
  printAside(sentence(texts, values))
}

/** Lines of ours, such as a table, on standard output. */
export function print(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`)
}

/** Lines of ours on standard error. */
export function printAside(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`)
}

/** An answer as JSON, equal in value, with every digit of its whole numbers. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(exactJson(value, 2))}\n`)
}

const sentence = (texts: TemplateStringsArray, values: unknown[]): string =>
  texts.map((text, n) => text + (n < values.length ? visibleText(String(values[n])) : '')).join('')
