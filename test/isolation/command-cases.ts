import type { Things } from './two-accounts.ts'

/** The arguments behind a command's name that ask about some account's things. */
export type CommandCase = ((things: Things) => string[][]) | { local: string }

/** It acts on the data directory as its owner, with no key of anybody's. */
const local = { local: 'acts on the host’s own files' }
const range = ['--start', '2026-09-01T00:00:00Z', '--end', '2026-09-01T01:00:00Z']
const both = ({ batchId, operatorsBatchId }: Things) => [[batchId], [operatorsBatchId]]

/** Every command of the program by its path. A command without an entry fails the walk. */
export const commandCases: Record<string, CommandCase> = {
  serve: local,
  worker: local,
  doctor: local,
  verify: local,
  'formats list': local,
  'formats guess': () => [['package.json']],
  'backup create': local,
  'backup verify': local,
  restore: local,
  ingest: ({ source, domain }) => [['package.json', '--source', source, '--domain', domain, '--format', 'combined']],
  // It names nothing: the link is the asker's own, and another one each time.
  open: () => [],
  request: ({ taskId, batchId, domain }) => [
    ['GET', `/api/v1/export-tasks/${taskId}`],
    ['GET', `/api/v1/log-batches/${batchId}`],
    ['POST', '/v1/cdn/statistics/export-tasks', '--body', JSON.stringify({ domain_name: domain })],
  ],
  bill: ({ domain }) => [['--domain', domain, '--month', '2026-09', '--output', '/dev/null/bill.xlsx']],
  export: ({ domain, accountId }) => [
    ['--domain', domain, ...range, '--preflight'],
    ['--account', accountId, ...range, '--preflight'],
  ],
  'tasks list': ({ accountId }) => [[], ['--account', accountId], ['--account', 'all']],
  'tasks show': ({ taskId }) => [[taskId]],
  'tasks changes': ({ taskId }) => [[taskId]],
  'tasks download': ({ taskId }) => [[taskId]],
  'tasks cancel': ({ taskId }) => [[taskId]],
  'tasks retry': ({ taskId }) => [[taskId]],
  'tasks delete': ({ taskId }) => [[taskId]],
  'batches list': () => [[]],
  'batches show': both,
  'batches forget': both,
  'batches accept': both,
  'batches relocate': (things) => [['--source', things.source], ...both(things).map((id) => ['--batch', ...id])],
  'batches relocations': ({ relocationId }) => [[], ['--cancel', relocationId]],
  retention: () => [[]],
  'sources list': () => [[]],
  'sources retry': ({ source }) => [[], ['--source', source]],
  'kept-logs list': () => [[]],
  'kept-logs set': ({ source, accountId }) => [[source, '--days', '1', '--account', accountId]],
  'kept-logs remove': ({ source, accountId }) => [[source, '--account', accountId]],
  'geo status': () => [[]],
  'geo import': () => [['package.json']],
  'geo update': () => [['package.json']],
  'geo show': () => [['198.51.100.7']],
  'coverage show': ({ domain, accountId }) => [
    ['--domain', domain, ...range],
    ['--account', accountId, ...range],
  ],
  month: ({ domain, accountId }) => [
    ['2026-09', '--domain', domain],
    ['2026-09', '--account', accountId],
  ],
  'usage month': ({ domain, accountId }) => [
    ['2026-09', '--domain', domain],
    ['2026-09', '--by-account'],
    ['2026-09', '--account', accountId],
  ],
  explain: ({ domain, accountId }) => [
    [domain, '2026-09-01T00:00:00Z'],
    [domain, '2026-09-01T00:00:00Z', '--account', accountId],
  ],
  'coverage cadence suggest': ({ accountId }) => [[], ['--account', accountId]],
  'coverage cadence list': () => [[]],
  'coverage cadence set': ({ source }) => [[source, '--delay-seconds', '60']],
  'coverage cadence remove': ({ source }) => [[source]],
  'keys list': () => [[]],
  'keys create': ({ accountId }) => [['--role', 'account', '--account', accountId]],
  'keys revoke': ({ accountKey }) => [[accountKey]],
  'keys rotate': ({ accountKey }) => [[accountKey]],
  'keys rotate-links': () => [[]],
  'keys reseal': local,
  'webhook-secret show': () => [[]],
  'webhook-secret rotate': () => [],
  'audit list': ({ accountKey }) => [[], ['--actor', accountKey]],
  'audit verify': () => [[]],
  'accounts list': () => [[]],
  'accounts create': () => [['other-company']],
  'accounts lock': ({ accountId }) => [[accountId]],
  'accounts unlock': ({ accountId }) => [[accountId]],
  'accounts show': ({ accountId }) => [[accountId]],
  'accounts set': ({ accountId }) => [[accountId, '--rows-max', '1']],
  'domains list': () => [[]],
  'domains assign': ({ domain, accountId }) => [[domain, accountId]],
  'domains release': ({ domain }) => [[domain]],
}
