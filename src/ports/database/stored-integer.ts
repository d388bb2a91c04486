/**
 * A whole number as it was stored, as near as it may be to what it was meant to be: older builds stored numbers that were none,
 * and one of them is not to break what others ask. Null for what is no number at all.
 */
export function storedInteger(value: unknown, min: number, max: number): number | null {
  if (typeof value !== 'number' || Number.isNaN(value)) return null
  return Math.min(max, Math.max(min, Math.trunc(value)))
}
