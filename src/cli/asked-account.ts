import { allAccounts } from '../accounts/whose.ts'
import { readAccounts } from './accounts.ts'
import { type Client, ClientError } from './client.ts'
import { sayAside } from './terminal.ts'

/** Help of `--account` where an operator says whose data a command is about. */
export const whoseHelp = 'for operators: whose data, an account’s id or name, or all (default the key’s own account)'

/**
 * The account that `--account` names, by its id or its name, and says which one that is.
 * @returns its id; all as it is; undefined without the option
 * @throws ClientError for an account that there is not; what the server says to a key that is no operator's
 */
export async function askedAccount(client: Client, text: string | undefined): Promise<string | undefined> {
  if (text === undefined || text === allAccounts) return text
  const accounts = await readAccounts(client)
  const found = accounts.find(({ account_id: id }) => id === text) ?? accounts.find(({ name }) => name === text)
  if (!found) throw new ClientError(`--account ${text}: there is no such account; fluxport accounts list shows them`)
  sayAside`account: ${found.name} (${found.account_id})`
  return found.account_id
}
