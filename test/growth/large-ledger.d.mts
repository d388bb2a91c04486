/** What a large ledger is made of. */
export type LedgerSize = {
  batches: number
  /** Its first batch has the next number. */
  first: number
  sources: number
  /** Two of three batches are of this account, and the others of another. */
  account: string
  otherAccount: string
  /** Half of the batches are of this source; the others have `sources` sources. */
  source: string
  owner: string
  nowMs: number
}

/** The statements that fill a ledger, in order; for SQLite and PostgreSQL alike. */
export function ledgerStatements(size: LedgerSize): Promise<string[]>
