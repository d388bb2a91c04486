import { parameterError } from '../errors.ts'

/**
 * Splits a list at its commas. A list of more than `itemsMax` items is refused before it is split.
 * @throws AppError CDN.0001
 */
export function listOf(parameter: string, value: string, itemsMax: number): string[] {
  let commas = 0
  for (let at = value.indexOf(','); at >= 0 && commas < itemsMax; at = value.indexOf(',', at + 1)) commas += 1
  if (commas >= itemsMax)
    throw parameterError(parameter, `it has more than ${itemsMax} items; all stands for every one`)
  return value.split(',')
}
