import { randomUUID } from 'node:crypto'

/** A whole number of which no digit is lost: a number below 2^53, a bigint from there on. Equal ones are `===`. */
export type WholeNumber = number | bigint

/** A whole number out of its digits. */
export function wholeNumber(digits: string): WholeNumber {
  const number = Number(digits)
  return Number.isSafeInteger(number) ? number : BigInt(digits)
}

/** Only such a text can hold a whole number that loses digits. */
const hasLongNumber = /\d{16}/
/** A string, which is passed over, or a number. */
const token = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g
const isLongWhole = /^-?\d{16,}$/
/** Stands before the digits of a bigint where JSON has a string; no text from outside can know it. */
const mark = `whole-number-${randomUUID()}:`
const marked = new RegExp(`"${mark}(-?\\d+)"`, 'g')

/**
 * JSON.parse, but for whole numbers from 2^53 on, which come as bigints.
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

/** JSON.stringify, but for bigints, which it writes as numbers with all of their digits. */
export function exactJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${mark}${one}` : one), indent)
  return text.includes(mark) ? text.replaceAll(marked, '$1') : text
}
