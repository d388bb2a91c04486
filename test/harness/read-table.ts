/**
 * A table as a reader of its format sees it: a number is a bigint when it is whole, so that no digit is lost, and a cell
 * with nothing in it is null, but in CSV, which cannot tell it from an empty text.
 */
export type Cell = string | number | bigint | null
export type ReadTable = { titles: string[]; rows: Cell[][] }

/** A number's digits as a cell. */
export const numberCell = (digits: string): number | bigint =>
  /^-?\d+$/.test(digits) ? BigInt(digits) : Number(digits)
