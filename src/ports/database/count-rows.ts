/** Counts that would cost a walk. */

/**
 * Number of tasks of each account, moved in the transaction that creates or deletes one: the list's `total` without a
 * scan.
 */
export type ExportTaskCountRow = { account_id: string; tasks: number }

/** Number of batches of each account, moved in the transaction that records one. Batches are never deleted. */
export type BatchCountRow = { account_id: string; batches: number }
