import type { Command } from 'commander'

/** One line of use for each command that does something; `--help` ends with it, docs/reference/commands.md shows it. */
export const commandExamples: Readonly<Record<string, string>> = {
  serve: 'fluxport serve --data-dir /var/lib/fluxport --time-zone Europe/Berlin',
  worker: 'fluxport worker --data-dir /var/lib/fluxport-worker --artifacts-dir /shared/artifacts',
  doctor: 'fluxport doctor --data-dir /var/lib/fluxport --strict',
  ingest: 'fluxport ingest --source edge-1 --domain www.example.com access.log access.log.1.gz',
  formats: 'fluxport formats',
  'batches list': 'fluxport batches list --limit 50',
  'batches show': 'fluxport batches show 42',
  'batches forget': 'fluxport batches forget 42',
  'batches accept': 'fluxport batches accept 42',
  'batches relocate': 'fluxport batches relocate --from 2026-10-01T00:00:00+08:00 --dry-run',
  'batches relocations': 'fluxport batches relocations --limit 5',
  retention: 'fluxport retention --keep-requests-days 30',
  'sources list': 'fluxport sources list',
  'sources retry': 'fluxport sources retry access.log.1',
  'geo status': 'fluxport geo status',
  'geo import': 'fluxport geo import new.mmdb --licence "CC BY 4.0" --attribution "IP Geolocation by DB-IP"',
  'geo update': 'fluxport geo update /var/lib/geo --licence "CC BY 4.0" --attribution "IP Geolocation by DB-IP"',
  'geo show': 'fluxport geo show 203.0.113.9 2001:db8::1',
  bill: 'fluxport bill --month 2026-09 --time-zone Europe/Berlin --output bill.xlsx',
  export: 'fluxport export --month 2026-10 --time-zone Europe/Berlin --group-by domain --output usage.csv',
  verify: 'fluxport verify usage.csv',
  'backup create': 'fluxport backup create /backups/2026-11-22 --data-dir /var/lib/fluxport',
  'backup verify': 'fluxport backup verify /backups/2026-11-22 --data-dir /var/lib/fluxport',
  restore: 'fluxport restore /backups/2026-11-22 --data-dir /var/lib/fluxport-new',
  'tasks list': 'fluxport tasks list --status waiting,processing',
  'tasks show': 'fluxport tasks show 4f1c2d3e',
  'tasks download': 'fluxport tasks download 4f1c2d3e --output usage.csv',
  'tasks changes': 'fluxport tasks changes 4f1c2d3e --buckets --limit 20',
  'tasks cancel': 'fluxport tasks cancel 4f1c2d3e',
  'tasks retry': 'fluxport tasks retry 4f1c2d3e',
  'tasks delete': 'fluxport tasks delete 4f1c2d3e',
  'coverage show':
    'fluxport coverage show --domain www.example.com --start 2026-09-01T00:00:00+08:00 --end 2026-09-02T00:00:00+08:00',
  month: 'fluxport month 2026-09 --time-zone Europe/Berlin',
  'coverage cadence list': 'fluxport coverage cadence list',
  'coverage cadence set': 'fluxport coverage cadence set huawei --files-per-hour 1 --delay-seconds 86400',
  'coverage cadence remove': 'fluxport coverage cadence remove huawei',
  'accounts list': 'fluxport accounts list',
  'accounts create': 'fluxport accounts create customer-1',
  'accounts show': 'fluxport accounts show ACCOUNT_ID',
  'accounts set': 'fluxport accounts set ACCOUNT_ID --tasks-waiting-max 100 --unset default-format',
  'accounts lock': 'fluxport accounts lock ACCOUNT_ID',
  'accounts unlock': 'fluxport accounts unlock ACCOUNT_ID',
  'domains list': 'fluxport domains list',
  'domains assign': 'fluxport domains assign www.example.com ACCOUNT_ID --new',
  'domains release': 'fluxport domains release www.example.com',
  'keys list': 'fluxport keys list',
  'keys create': 'fluxport keys create --role ingest --source edge-1 --domains www.example.com --expires 90d',
  'keys rotate': 'fluxport keys rotate ACCESS_KEY --overlap-seconds 3600',
  'keys revoke': 'fluxport keys revoke ACCESS_KEY',
  'keys rotate-links': 'fluxport keys rotate-links --overlap-seconds 3600',
  'keys reseal': 'fluxport keys reseal --data-dir /var/lib/fluxport',
  'webhook-secret show': 'fluxport webhook-secret show',
  'webhook-secret rotate': 'fluxport webhook-secret rotate --overlap-seconds 86400',
  'audit list': 'fluxport audit list --from 2026-11-01T00:00:00Z --action access_key.revoked',
  'audit verify': 'fluxport audit verify',
  request: "fluxport request GET '/api/v1/log-batches?state=failed&limit=10'",
}

/** Ends the help of each command below `command` with its example. */
export function addExamples(command: Command, path: readonly string[] = []): void {
  const example = commandExamples[path.join(' ')]
  if (example !== undefined) command.addHelpText('after', `\nExample:\n  ${example}`)
  for (const below of command.commands) addExamples(below, [...path, below.name()])
}
