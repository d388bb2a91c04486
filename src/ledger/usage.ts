import { sqlFile } from '../ports/warehouse/sql-file.ts'

/** Rolls the requests of loads up. */
export const insertUsageSql = sqlFile(import.meta.url, './insert-usage.sql')
