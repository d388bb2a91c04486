import { Type } from 'typebox'
import type { Database } from '../ports/database/database.ts'

/** A row's account by name, in answers to operators: nobody knows an account by its id. */
export const AccountName = Type.Optional(Type.String({ description: 'In lists for operators: name of the account' }))

/** Names of all accounts by their ids. */
export async function accountNames({ queries }: Database): Promise<Map<string, string>> {
  const rows = await queries.selectFrom('account').select(['id', 'name']).execute()
  return new Map(rows.map(({ id, name }) => [id, name]))
}

/** Adds the account's name to each row with an account that exists. */
export async function withAccountNames<Row extends { account_id: string | null }>(
  database: Database,
  rows: readonly Row[],
): Promise<(Row & { account_name?: string })[]> {
  const names = await accountNames(database)
  return rows.map((row) => {
    const name = row.account_id === null ? undefined : names.get(row.account_id)
    return name === undefined ? row : { ...row, account_name: name }
  })
}
