/** A whole number of the API: a bigint beyond 2^53, where a number would be another one. */
export type Integer = number | bigint

type Context = { source?: string }
type ParseWithSource = (text: string, reviver: (key: string, value: unknown, context?: Context) => unknown) => unknown

/** 16 digits in a row may be beyond 2^53; shorter ones never are. */
const mayBeLong = /\d{16}/

/**
 * Parses JSON without loss: whole numbers beyond 2^53 become bigints.
 * JSON.parse alone makes 9007199254740993 an even number.
 */
export function parseExactly(text: string): unknown {
  if (!mayBeLong.test(text)) return JSON.parse(text)
  return (JSON.parse as ParseWithSource)(text, (_key, value, context) =>
    typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && context?.source
      ? BigInt(context.source)
      : value,
  )
}
