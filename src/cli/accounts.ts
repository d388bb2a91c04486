import { type Client, ClientError } from './client.ts'
import { ownAccount } from './own-account.ts'
import { table } from './table.ts'
import { timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

/** Commands for accounts and their settings. */

type Settings = Record<string, string | number>
type AccountJson = {
  account_id: string
  name: string
  created_at: number
  locked_at: number | null
  settings: Settings
}

/** Every account, to an operator's key. */
export const readAccounts = async (client: Client): Promise<AccountJson[]> =>
  (await client.get<{ accounts: AccountJson[] }>('/api/v1/accounts')).accounts

export async function listAccounts(client: Client, flags: { json?: boolean; timeZone?: string }): Promise<void> {
  const accounts = await readAccounts(client)
  if (flags.json) return printJson({ accounts })
  const times = await timesOf(client, flags)
  print(
    table(
      ['account', 'name', `created (${times.zone})`, 'state', 'its own settings'],
      accounts.map((one) => [
        one.account_id,
        one.name,
        times.text(one.created_at),
        one.locked_at === null ? 'active' : `locked since ${times.text(one.locked_at)}`,
        settingsText(one.settings),
      ]),
    ),
  )
}

const settingsText = (settings: Settings): string | null =>
  Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || null

export async function createAccount(client: Client, name: string): Promise<void> {
  const { account_id: id } = await client.send<{ account_id: string }>('POST', '/api/v1/accounts', { name })
  say`${id}`
}

type SettingFlags = {
  tasksWaitingMax?: string
  tasksRunningMax?: string
  storedBytesMax?: string
  rowsMax?: string
  commitTrafficBytes?: string
  commitBandwidthBps?: string
  defaultFormat?: string
  defaultCompression?: string
  defaultServiceArea?: string
  defaultLanguage?: string
  defaultTimeZone?: string
  defaultCsvDelimiter?: string
  defaultCsvDecimal?: string
  defaultCsvBom?: string
  unset?: string[]
}

/** Prints one account: its name, state, and its own settings; without an id that of the key. */
export async function showAccount(client: Client, id: string | undefined): Promise<void> {
  if (id === undefined) return printJson(await ownAccount(client))
  const account = (await readAccounts(client)).find((one) => one.account_id === id)
  if (!account) throw new ClientError(`There is no account ${id}: fluxport accounts list shows them`)
  printJson(account)
}

/** Settings that are returned to the server's. @throws ClientError for a name of none, or one that is set as well */
function unsetOf(asked: Record<string, string | undefined>, names: string[] = []): [string, string][] {
  return names.map((given) => {
    const name = given.replaceAll('-', '_')
    const known = Object.keys(asked).map((one) => one.replaceAll('_', '-'))
    if (!Object.hasOwn(asked, name)) throw new ClientError(`--unset ${given}: it is not one of ${known.join(', ')}`)
    if (asked[name] !== undefined) throw new ClientError(`--unset ${given} and --${given}: say one of them`)
    return [name, serversWord]
  })
}

/** Given in place of a value, it restores the server's setting. */
const serversWord = 'server'

/** Changes only the named settings, though the route takes all of an account's settings. */
export async function setAccount(client: Client, id: string, flags: SettingFlags): Promise<void> {
  const asked = {
    tasks_waiting_max: flags.tasksWaitingMax,
    tasks_running_max: flags.tasksRunningMax,
    stored_bytes_max: flags.storedBytesMax,
    rows_max: flags.rowsMax,
    commit_traffic_bytes: flags.commitTrafficBytes,
    commit_bandwidth_bps: flags.commitBandwidthBps,
    default_format: flags.defaultFormat,
    default_compression: flags.defaultCompression,
    default_service_area: flags.defaultServiceArea,
    default_language: flags.defaultLanguage,
    default_time_zone: flags.defaultTimeZone,
    default_csv_delimiter: flags.defaultCsvDelimiter,
    default_csv_decimal: flags.defaultCsvDecimal,
    default_csv_bom: flags.defaultCsvBom,
  }
  const named = [...Object.entries(asked).filter(([, value]) => value !== undefined), ...unsetOf(asked, flags.unset)]
  if (named.length === 0) throw new ClientError('accounts set: say what to set, for instance --rows-max 1000000')
  const before = (await readAccounts(client)).find((account) => account.account_id === id)?.settings
  const whole = { ...before, ...Object.fromEntries(named) }
  const own = Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== serversWord))
  printJson(await client.send('PUT', `/api/v1/accounts/${encodeURIComponent(id)}/settings`, own))
}
