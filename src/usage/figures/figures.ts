import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'

/** Columns of the sums that figures are made from, for the slot `sums` of a statement that groups usage rows. */
export const sumsSql = sqlFile(import.meta.url, './sums.sql')

const figures = sqlFile(import.meta.url, './figures.sql')

/**
 * Columns of all figures, for the slot `figures` of a statement around the sums. It has a column `known`.
 * @param seconds SQL of the length of a row's bucket
 */
export const figuresSql = (seconds: string): string => fillSlots(figures, { seconds })
