/** Columns and rows of permissions, and of the audit log. */

export type AccountLock = {
  /** Time of the lock, since which its keys are refused; null: not locked. */
  locked_at_ms: number | null
}

export type AccessKeyLife = {
  /** Expiry; after it the key answers like an unknown one. Null: it does not expire. */
  expires_at_ms: number | null
  /** Time of its last use, to the minute. */
  last_used_at_ms: number | null
  /** The key that it replaced. */
  replaces: string | null
  /** The mark of the key in its download links. */
  link_tag: string
  /** Counts how often all console sessions of the key were ended; a session of another count is refused. */
  console_generation: number
}

/** A link that signs a person in to the console once. Only its token's hash is stored. */
export type ConsoleLinkRow = { token_sha256: string; access_key: string; expires_at_ms: number }

export type TaskMaker = {
  /** The key that asked for the task; null: an older build made it and did not record the key. */
  created_by: string | null
}

/** An action of an operator or a command, or a refusal. Rows are only added (database/migrations/0018). */
export type AuditEventRow = {
  id: number
  time_ms: number
  action: string
  object: string
  /** done, refused or failed. */
  outcome: string
  /** The key that asked, or the command's own name; null: unknown. */
  actor: string | null
  account_id: string | null
  address: string | null
  before_json: string | null
  after_json: string | null
  /** SHA-256 over the preceding row's digest and this row: an altered or removed row is detected. */
  digest: string
}

/** A secret that the server made, sealed by the master key; several keys of a purpose are JSON (auth/key-ring.ts). */
export type OwnSecretRow = { name: string; sealed: string; created_at_ms: number }
