/**
 * A stored whole number, moved to the nearest allowed value. Older builds stored values that are no whole numbers, and
 * one of them must not break other requests. Null for a value that is no number.
 */
export function storedInteger(value: unknown, min: number, max: number): number | null {
  if (typeof value !== 'number' || Number.isNaN(value)) return null
  return Math.min(max, Math.max(min, Math.trunc(value)))
}
