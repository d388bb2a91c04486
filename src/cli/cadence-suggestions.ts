import type { SuggestionsAnswer } from '../coverage/suggestion-routes.ts'
import { askedAccount } from './asked-account.ts'
import type { Client } from './client.ts'
import { ownAccount } from './own-account.ts'
import { print, printJson, say } from './terminal.ts'

const path = '/api/v1/coverage/cadence-suggestions'

type Suggestion = SuggestionsAnswer['suggestions'][number]

/** Prints of each source the command that states its rhythm, or why none is proposed. */
export async function suggestCadences(
  client: Client,
  flags: { account?: string; timeZone?: string; json?: boolean },
): Promise<void> {
  const account = await askedAccount(client, flags.account)
  const { account_id: ownId, defaults } = await ownAccount(client)
  const zone = flags.timeZone ?? defaults.time_zone
  const answer = await client.get<SuggestionsAnswer>(path, { account, time_zone: zone })
  if (flags.json) return printJson(answer)
  const { suggestions } = answer
  if (suggestions.length === 0) return print('no source has delivered anything')
  for (const one of suggestions) {
    const whose = one.account_id === ownId ? '' : ` of account ${one.account_name}`
    say`${one.source}${whose}: ${one.reason}`
    if (one.proposal) say`  ${commandOf(one, ownId)}`
    else if (!one.is_stated) print('  nothing is proposed')
  }
}

/** The command that states a proposal, for a shell. A source’s name is its sender’s text. */
function commandOf({ account_id: accountId, source, proposal }: Suggestion, ownId: string): string {
  const flags = [
    ...(accountId === ownId ? [] : ['--account', accountId]),
    ...(proposal?.files_per_hour ? ['--files-per-hour', String(proposal.files_per_hour)] : []),
    ...(proposal?.files_per_day ? ['--files-per-day', String(proposal.files_per_day)] : []),
    ...(proposal?.day_zone ? ['--day-zone', proposal.day_zone] : []),
    ...(proposal?.skips_empty_hours ? ['--skips-empty-hours'] : []),
    ...(proposal?.delay_seconds ? ['--delay-seconds', String(proposal.delay_seconds)] : []),
  ]
  const end = source.startsWith('-') ? ['--'] : []
  return ['fluxport coverage cadence set', ...flags.map(shellWord), ...end, shellWord(source)].join(' ')
}

const shellWord = (text: string): string =>
  /^[A-Za-z0-9_./:-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
