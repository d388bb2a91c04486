import type { Client } from './client.ts'
import { ClientError } from './client.ts'
import { bytesText } from './progress-bar.ts'
import { table } from './table.ts'
import { print, printJson, say } from './terminal.ts'

type KeptJson = {
  account_id: string
  account_name?: string
  source: string
  keep_logs_days: number
  files: number
  size: number
  missed: number
}

const path = '/api/v1/kept-logs'
const pathOf = (source: string, account: string | undefined) =>
  `${path}/${encodeURIComponent(source)}${account === undefined ? '' : `?account=${encodeURIComponent(account)}`}`

export async function listKeptLogs(client: Client, flags: { json?: boolean }): Promise<void> {
  const answer = await client.get<{ sources: KeptJson[] }>(path)
  if (flags.json) return printJson(answer)
  const rows = answer.sources.map((one) => [
    one.source,
    one.account_name ?? one.account_id,
    one.keep_logs_days,
    one.files,
    bytesText(one.size),
    one.missed,
  ])
  print(table(['source', 'account', 'days', 'files', 'size', 'missed'], rows))
}

export async function setKeptLogs(
  client: Client,
  source: string,
  { days, account }: { days?: string; account?: string },
): Promise<void> {
  if (days === undefined) throw new ClientError('Say --days')
  printJson(await client.send('PUT', pathOf(source, account), { keep_logs_days: days }))
}

export async function removeKeptLogs(client: Client, source: string, account?: string): Promise<void> {
  await client.send('DELETE', pathOf(source, account))
  say`no log files of ${source} are kept now`
}
