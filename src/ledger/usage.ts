import { sqlFile } from '../ports/warehouse/sql-file.ts'

/** Sums the requests of loads up into `usage`. */
export const insertUsageSql = sqlFile(import.meta.url, './insert-usage.sql')
