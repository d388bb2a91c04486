import type { MonthView } from '../coverage/month/month-schema.ts'
import type { PreflightAnswer } from '../exports/tasks/preflight.ts'
import { type Client, ClientError } from './client.ts'
import { exportFile } from './export.ts'
import type { ExportFlags } from './export-body.ts'
import { formatOfOutput } from './output-path.ts'
import { grouped } from './progress-bar.ts'
import { sayAside } from './terminal.ts'

/**
 * Makes the bill of a month, and says whether it is complete.
 * @throws ClientError without a month or range; and as `exportFile`
 */
export async function makeBill(client: Client, flags: ExportFlags, environment: NodeJS.ProcessEnv): Promise<void> {
  if (flags.month === undefined && flags.start === undefined)
    throw new ClientError('--month: say the month, as in 2026-09; or --start and --end')
  const output = flags.output ?? `bill-${flags.month ?? flags.start}.xlsx`
  const format = formatOfOutput({ ...flags, output }).format ?? 'xlsx'
  const isArchive = output.toLowerCase().endsWith('.zip')
  if (isArchive && format === 'xlsx')
    throw new ClientError('--output: a workbook needs no archive. Name it bill.xlsx, or say --format csv')
  const { requireFinal, ...others } = flags
  const final = finalOf(requireFinal)
  const asked = { ...others, action: 'bill', output, format, ...(final === undefined ? {} : { requireFinal: final }) }
  const expected = await exportFile(client, asked, environment)
  if (typeof expected === 'string') return
  for (const line of completenessLines(expected, flags.month)) sayAside`${line}`
  if (flags.month !== undefined) await sayFaults(client, { ...flags, month: flags.month }, expected)
}

/** A bill is not sent with assumptions: final means that a stated cadence was kept, unless `reported` is asked for. */
function finalOf(how: string | boolean | undefined): string | undefined {
  if (how === undefined || how === false) return undefined
  const known: Record<string, string> = { true: 'strict', fail: 'strict_fail', reported: 'true' }
  return known[String(how)] ?? String(how)
}

const faultsShown = 20

/** Names the faults of the month's deliveries: a part of a file may lack in buckets that look whole. */
async function sayFaults(client: Client, flags: ExportFlags & { month: string }, { effective }: PreflightAnswer) {
  const { faults, faults_total: total } = await client.get<MonthView>('/api/v1/month-deliveries', {
    ...{ month: flags.month, time_zone: effective.time_zone, limit: '1' },
    ...{ account: flags.account, domain_name: flags.domain },
  })
  for (const { text } of faults.slice(0, faultsShown)) sayAside`deliveries: ${text}`
  if (total > faultsShown) sayAside`and ${grouped(total - faultsShown)} more: fluxport month ${flags.month}`
}

/** Says in which zone a bill is, whether its figures may still change, and whether it is of the whole month. */
export function completenessLines(answer: PreflightAnswer, month: string | undefined): string[] {
  const { coverage, effective } = answer
  const lines = [`time zone of days and months: ${effective.time_zone}`]
  if (coverage.domains_with_data + coverage.domains_without_data === 0)
    return [...lines, `nothing to bill: ${ownerText(answer.account)} has no domains`]
  lines.push(stateText(answer))
  if (month !== undefined && effective.cut_at !== null) lines.push(`${month} is not over: this is the bill of a part`)
  return lines
}

const ownerText = (account: PreflightAnswer['account']): string => {
  if (account === null) return 'the account'
  return account.name === null ? 'no account' : `account ${account.name}`
}

function stateText({ coverage: { buckets }, not_final: notFinal, faulty_deliveries: faulty }: PreflightAnswer): string {
  const all = Object.values(buckets).reduce((sum, count) => sum + count, 0)
  const open = Object.entries(buckets).filter(([state, count]) => !settled.includes(state) && count > 0)
  const counts = open.map(([state, count]) => `${grouped(count)} ${state}`).join(', ')
  if (notFinal !== null)
    return `not complete: ${counts} of ${grouped(all)} buckets. ${notFinal}; the table of gaps lists them all`
  const { refused_files: refused, silences } = faulty
  if (refused + silences === 0) return completeText(buckets, all)
  const faults = [
    ...(refused > 0 ? [counted(refused, 'refused file')] : []),
    ...(silences > 0 ? [counted(silences, 'unexpected silence')] : []),
  ]
  return `not known to be complete: ${faults.join(' and ')}, though no bucket is open; the bill names them`
}

const counted = (count: number, noun: string) => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`

const settled = ['final', 'reported']

/** Without a stated cadence, that nothing more comes is an assumption. */
const completeText = ({ reported }: PreflightAnswer['coverage']['buckets'], all: number): string =>
  reported === 0
    ? `complete: all ${grouped(all)} buckets are final`
    : `complete as far as is known: ${grouped(reported)} of ${grouped(all)} buckets are reported, as no cadence of a source is stated`
