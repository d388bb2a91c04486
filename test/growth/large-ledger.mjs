import { readFile } from 'node:fs/promises'

/** The statements that fill a ledger, in order; for SQLite and PostgreSQL alike. */
export async function ledgerStatements(size) {
  const text = await readFile(new URL('./large-ledger.sql', import.meta.url), 'utf8')
  const withoutComments = text.replace(/^--.*\n/gm, '')
  const values = {
    ...{ batches: `${size.batches}`, first: `${size.first}`, sources: `${size.sources}`, now_ms: `${size.nowMs}` },
    ...{ account: size.account, other_account: size.otherAccount, source: size.source, owner: size.owner },
  }
  const filled = withoutComments.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? '')
  return filled.split(/;\n/).filter((one) => one.trim() !== '')
}
