import { randomUUID } from 'node:crypto'

/** A whole number without a lost digit: a number below 2^53, a bigint from there on. Equal values are `===`. */
export type WholeNumber = number | bigint

/** Parses a whole number from its digits. */
export function wholeNumber(digits: string): WholeNumber {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}

/** Only text that matches can hold a whole number that would lose digits. */
const hasLongNumber = /\d{16}/
/** Matches a string, which is skipped, or a number. */
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const isLongWhole = /^-?\d{16,}$/
/** Marks the digits of a bigint inside a JSON string; it is random, so that no text from outside can contain it. */
const mark = `whole-number-${randomUUID()}:`
const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g')

/**
 * JSON.parse, except that whole numbers from 2^53 on become bigints.
 * @throws SyntaxError as JSON.parse does
 */
export function parseExactJson(text: string): unknown {
  const parsed: unknown = JSON.parse(text)
  if (!hasLongNumber.test(text)) return parsed
  const withMarks = text.replaceAll(token, (found) => (isLongWhole.test(found) ? `"${mark}${found}"` : found))
  return JSON.parse(withMarks, (_key, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? wholeNumber(value.slice(mark.length)) : value,
  )
}

/** JSON.stringify, except that bigints are written as numbers with all of their digits. */
export function exactJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${mark}${one}` : one), indent)
  return text.includes(mark) ? text.replaceAll(marked, '$1') : text
}
