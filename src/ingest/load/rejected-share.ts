import { AppError } from '../../errors.ts'
import { headerReasons, reasonsByRule } from '../../ledger/header-lines.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import type { RejectionReason } from '../formats/line/rejection-reasons.ts'
import type { LoadFigures } from '../overlap/written-load.ts'

/** With fewer lost lines than this, no garbled one among them, a batch is never quarantined: one may be a scanner's. */
export const lostLinesMin = 10

/** Lines that are in no share. A visitor chooses the host of a line: scanners' must not hold up everybody's log. */
const outOfShare: readonly string[] = [...reasonsByRule, 'bad_domain']

/** No server writes such a line, and no visitor can have it written: the file is damaged. */
const garbled: readonly RejectionReason[] = ['nul_bytes', 'lines_joined', 'carriage_return']

/** One such line may have been any number of lines: its bytes tell how many. */
const measured: readonly RejectionReason[] = [...garbled, 'fields']

/** Too many of a load's lines are rejected. Its bytes are kept, and its figures are recorded as they would count. */
export class Quarantined extends AppError {
  readonly figures: LoadFigures

  constructor(figures: LoadFigures, problem: string) {
    super('FLUXPORT.0109', problem)
    this.figures = figures
  }
}

/**
 * Checks a load before it counts.
 * @param bytes of all its lines
 * @throws AppError FLUXPORT.0110 when none of its lines counts, though it has some besides headers; Quarantined when the
 *   share of lost lines exceeds the batch's `rejected_percent_max`
 */
export function assertCountable(
  { batch, format }: { batch: Pick<BatchRow, 'rejected_percent_max'>; format: Pick<LogFormat, 'askers'> },
  figures: LoadFigures,
  bytes: number,
): void {
  const requests = figures.requests ?? 0
  const rejected = figures.rejected_lines ?? 0
  if (requests === 0 && rejected > 0) {
    const problem = `None of its ${rejected} lines counts: ${reasonsText(figures)}`
    throw new AppError('FLUXPORT.0110', problem + askersHint(figures, format))
  }
  const lost = lostLines(figures, bytes)
  const percent = (100 * lost) / (lost + requests)
  const max = batch.rejected_percent_max
  const isDamaged = figures.rejectedReasons.some(({ reason }) => isAmong(garbled, reason))
  if (percent <= max || (lost < lostLinesMin && !isDamaged)) return
  const share = `${percent.toFixed(1)} % of its lines are rejected${basisText(figures, lost)}, and at most ${max} % may be`
  throw new Quarantined(figures, `${share} (rejected_percent_max): ${reasonsText(figures)}`)
}

/** Says why a share is another than that of the numbers of lines. */
function basisText({ rejectedReasons }: LoadFigures, lost: number): string {
  const inShare = rejectedReasons.filter((row) => !isLeftOut(row))
  const hasRuled = rejectedReasons.some(({ reason }) => outOfShare.includes(reason))
  const bases = [
    ...(lost > inShare.reduce((sum, row) => sum + row.lines, 0) ? ['long and garbled lines count by their bytes'] : []),
    ...(hasRuled ? ['lines left out by a rule are in no share'] : []),
  ]
  return bases.length === 0 ? '' : ` (${bases.join('; ')})`
}

/** Where only the servers' side is logged, as by Istio's sidecars, all lines are of a class that a gateway's log would have. */
function askersHint({ rejectedReasons }: LoadFigures, { askers = [] }: Pick<LogFormat, 'askers'>): string {
  if (rejectedReasons.every(({ reason }) => reason !== 'not_a_visitor')) return ''
  return `. If they are of requests that no other log has, deliver it with count_also=${askers.join(',')} (--count-also)`
}

const isLeftOut = ({ reason }: { reason: string }): boolean =>
  outOfShare.includes(reason) || headerReasons.includes(reason)

const isAmong = (reasons: readonly string[], reason: string): boolean => reasons.includes(reason)

/** The number of lines that are lost: rejected ones, or as many as their bytes would hold of lines that count. */
function lostLines({ requests, rejectedReasons }: LoadFigures, bytes: number): number {
  const without = rejectedReasons.reduce((sum, row) => sum + row.bytes, 0)
  const lineBytes = Math.max(1, (bytes - without) / Math.max(1, requests ?? 0))
  const lines = rejectedReasons
    .filter((row) => !isLeftOut(row))
    .map(({ reason, lines, bytes }) => (isAmong(measured, reason) ? Math.max(lines, bytes / lineBytes) : lines))
  return lines.reduce((sum, one) => sum + one, 0)
}

const reasonsText = ({ rejectedReasons }: LoadFigures): string =>
  rejectedReasons
    .filter(({ reason }) => !headerReasons.includes(reason))
    .map(({ reason, lines }) => `${lines} ${reason}`)
    .join(', ')
