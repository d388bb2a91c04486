import { type SqlBool, sql } from 'kysely'

/**
 * Conditions of partial indexes. SQLite uses such an index only for a query with these words: a bound value would not
 * do, and without the index 200,000 tasks took 1 s.
 */
export const batchIsQueued = sql<SqlBool>`state = 'queued'`
export const batchIsRefused = sql<SqlBool>`state in ('failed', 'quarantined')`
export const taskIsWaiting = sql<SqlBool>`state = 'waiting'`
export const taskIsProcessing = sql<SqlBool>`state = 'processing'`
export const taskHasSucceeded = sql<SqlBool>`state = 'success'`
export const taskHasEnded = sql<SqlBool>`state not in ('waiting', 'processing')`
export const taskHasLeftovers = sql<SqlBool>`state = 'expired' and artifact_key is not null`
export const keptLogIsOpen = sql<SqlBool>`state in ('writing', 'ended')`
export const deliveryWaits = sql<SqlBool>`state = 'waiting'`
