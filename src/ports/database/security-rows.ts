/** Columns and rows of who may do what, and of who did. */

export type AccountLock = {
  /** Since when its keys are good for nothing; null: they are good. */
  locked_at_ms: number | null
}

export type AccessKeyLife = {
  /** From then on it answers like an unknown one; null: it does not expire. */
  expires_at_ms: number | null
  /** When it was last used, to the minute. */
  last_used_at_ms: number | null
  /** The key that it was made to take the place of. */
  replaces: string | null
  /** What its download links carry in its place. */
  link_tag: string
}

export type TaskMaker = {
  /** The key that asked for it; null: of a build that did not record it. */
  created_by: string | null
}

/** What an operator or a command did, or what was refused. Rows are only added (database/migrations/0018). */
export type AuditEventRow = {
  id: number
  time_ms: number
  action: string
  object: string
  /** done, refused or failed. */
  outcome: string
  /** The key that asked; or who ran a command on the data directory; null: nobody that is known. */
  actor: string | null
  account_id: string | null
  address: string | null
  before_json: string | null
  after_json: string | null
  /** SHA-256 over the digest of the row before and this row: one that was altered or taken out shows. */
  digest: string
}
