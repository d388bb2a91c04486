import { readFile } from 'node:fs/promises'

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
export async function ledgerStatements(size: LedgerSize): Promise<string[]> {
  const text = await readFile(new URL('./large-ledger.sql', import.meta.url), 'utf8')
  const withoutComments = text.replace(/^--.*\n/gm, '')
  const values: Record<string, string> = {
    ...{ batches: `${size.batches}`, first: `${size.first}`, sources: `${size.sources}`, now_ms: `${size.nowMs}` },
    ...{ account: size.account, other_account: size.otherAccount, source: size.source, owner: size.owner },
  }
  const filled = withoutComments.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '')
  return filled.split(/;\n/).filter((one) => one.trim() !== '')
}
