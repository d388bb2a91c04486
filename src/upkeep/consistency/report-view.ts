import type { Checked, ConsistencyReport } from './check-consistency.ts'
import type { Figures, Finding } from './compare-loads.ts'

/** The report in the API's form, which `fluxport doctor --deep` prints. */
export const reportView = (report: ConsistencyReport) => ({
  consistent: report.findings.every((finding) => finding.repaired),
  data_version: report.dataVersion,
  loads: report.loads,
  requests: report.requests,
  loads_to_remove: report.loadsToRemove,
  findings: report.findings.map(findingView),
})

const findingView = (finding: Checked) => ({
  kind: finding.kind,
  place: finding.place,
  load_id: finding.loadId,
  batch_id: finding.batchId,
  batch_name: finding.batchName,
  expected: figuresView(finding, finding.expected),
  found: figuresView(finding, finding.found),
  text: textOf(finding),
  repairable: finding.repairable,
  repaired: finding.repaired,
  action: finding.action,
})

const figuresView = ({ kind }: Finding, { requests, fluxBytes }: Figures) =>
  kind === 'counter_behind'
    ? { requests: null, flux: null, value: requests }
    : { requests, flux: kind === 'wrong_rejected' ? null : fluxBytes, value: null }

const areSame = (a: Figures, b: Figures) => a.requests === b.requests && a.fluxBytes === b.fluxBytes

function textOf({ kind, place, loadId, batchId, batchName, expected, found }: Finding): string {
  const usage = ({ requests, fluxBytes }: Figures) => `${requests} requests of ${fluxBytes} bytes`
  const load = `load ${loadId}${batchId === null ? '' : ` of batch ${batchId} (${batchName})`}`
  switch (kind) {
    case 'unknown_rows':
      return `${load}: the ledger does not know its rows in ${place}, ${usage(found)}`
    case 'lost_requests':
      return `${load}: ${usage(found)} are there instead of ${usage(expected)}`
    case 'wrong_rollup':
      return `${load}: ${place} has ${usage(found)} instead of ${usage(expected)}${areSame(found, expected) ? ', under other keys' : ''}`
    case 'wrong_rejected':
      return `${load}: ${found.requests} rejected lines are there instead of ${expected.requests}`
    case 'counter_behind':
      return `the counter ${place} stands at ${found.requests}, and ${expected.requests} was given out already`
  }
}
