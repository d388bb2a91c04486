import type { Parameters } from '../../ports/warehouse/warehouse.ts'
import { type Dimension, dimensions } from './metrics.ts'
import { dimensionSql } from './usage-query.ts'

/** One value of each of some dimensions, as the keys of series have them. */
export type Cell = Partial<Record<Dimension, string>>

/** The dimensions of a cell. */
export const dimensionsOf = (cell: Cell): Dimension[] => dimensions.filter((one) => cell[one] !== undefined)

/** SQL of the condition that a row belongs to a cell; its values are those of `cellParameters`. */
export const cellSql = (cell: Cell): string =>
  ['true', ...dimensionsOf(cell).map((one) => `${dimensionSql[one]} = {cell_${one}:String}`)].join(' AND ')

export const cellParameters = (cell: Cell): Parameters =>
  Object.fromEntries(dimensionsOf(cell).map((one) => [`cell_${one}`, cell[one]]))
