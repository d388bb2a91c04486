import { chmod, chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { safetyFindings } from '../../src/cli/doctor-safety.ts'
import { safetySettingsOf } from '../../src/cli/doctor-settings.ts'
import { parseConfig } from '../../src/config/config.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { newKey } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

/** A directory that is its owner's alone, and not root's: nothing of it is worth a word. */
async function safeDirectory(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  await mkdir(dataDir, { mode: 0o700 })
  if (process.getuid?.() === 0) await chown(dataDir, 65_534, 65_534)
  return dataDir
}

const findingsOf = async (flags: Record<string, string>, argv: string[] = []) => {
  const dataDir = flags['dataDir'] ?? (await safeDirectory())
  const config = parseConfig({ ...flags, dataDir }, {})
  return (await safetyFindings(safetySettingsOf(config), config, argv)).map(({ state, text }) => `${state}: ${text}`)
}

it('says nothing of a set-up that is closed', async () => {
  expect(await findingsOf({})).toEqual([expect.stringMatching(/^ok: nothing stands open/)])
  const token = { metricsToken: 'a long enough token'.replaceAll(' ', '-') }
  const sets = [
    { keepAuditDays: '0', publicUrl: 'https://stats.example.test' },
    { host: '::', tlsCert: 'a', tlsKey: 'b' },
    { metricsAddress: '127.0.0.1:9464' },
    { metricsAddress: '0.0.0.0:9464', ...token },
  ]
  for (const closed of sets) expect(await findingsOf(closed)).toEqual([expect.stringMatching(/^ok/)])
})

it.each<[string, Record<string, string>, RegExp[]]>([
  ['an address that others reach', { host: '0.0.0.0' }, [/0\.0\.0\.0 is reached by others.*in the clear.*--tls-cert/]],
  [
    'figures for whoever asks',
    { metricsAddress: '0.0.0.0:9464' },
    [/--metrics-address 0\.0\.0\.0:9464 answers whoever.*FLUXPORT_METRICS_TOKEN/],
  ],
  ['links in posts over plain http', { webhookHttpLinks: 'yes' }, [/--webhook-http-links yes.*Set no/]],
  ['links in the clear', { publicUrl: 'http://stats.example.test' }, [/--public-url begins with http/]],
  ['webhooks into private networks', { webhookAllowPrivate: 'yes' }, [/--webhook-allow-private yes.*Set no/]],
  ['an audit that is soon gone', { keepAuditDays: '7' }, [/kept for 7 days: raise --keep-audit-days/]],
])('warns of %s, and says what to do', async (_, flags, texts) => {
  expect(await findingsOf(flags)).toEqual(texts.map((text) => expect.stringMatching(text)))
})

it('warns of files that others can read, wherever they lie', async () => {
  const dataDir = await safeDirectory()
  await mkdir(join(dataDir, 'engine'), { mode: 0o700 })
  await writeFile(join(dataDir, 'engine', 'password'), 'x', { mode: 0o600 })
  expect(await findingsOf({ dataDir })).toEqual([expect.stringMatching(/^ok/)])
  await chmod(join(dataDir, 'engine', 'password'), 0o644)
  expect(await findingsOf({ dataDir })).toEqual([expect.stringMatching(/^ok/)])
  await chmod(dataDir, 0o711)
  expect(await findingsOf({ dataDir })).toEqual([expect.stringMatching(/others can read 2 entries.*chmod -R go-rwx/)])
  await chmod(join(dataDir, 'engine', 'password'), 0o600)
  await chmod(dataDir, 0o755)
  expect(await findingsOf({ dataDir })).toEqual([expect.stringMatching(/others can read 1 entries/)])
})

it.skipIf(process.getuid?.() !== 0)('warns of a server that is root’s', async () => {
  const dataDir = await safeDirectory()
  await chown(dataDir, 0, 0)
  expect(await findingsOf({ dataDir })).toEqual([expect.stringMatching(/files are root’s: give it a user/)])
})

it.each([
  [['--master-key', 'x'], /--master-key stands in the command line/],
  [['--metrics-token=x'], /--metrics-token stands in the command line/],
  [['--master-key=x', '--database-url', 'postgres://a:b@h/d'], /--master-key, --database-url stands/],
  [['--clickhouse-url=http://a:b@h:1/d'], /--clickhouse-url stands in the command line.*FLUXPORT_/],
])('warns of secrets in the command line: %j', async (argv, text) => {
  expect(await findingsOf({}, argv)).toEqual([expect.stringMatching(text)])
  expect(await findingsOf({}, ['--database-url', 'postgres://h/d'])).toEqual([expect.stringMatching(/^ok/)])
})

it('warns of a master key of before that was left in the data directory', async () => {
  const dataDir = await safeDirectory()
  await writeFile(join(dataDir, 'master.key.until-20261101T000000Z'), 'x', { mode: 0o600 })
  expect(await findingsOf({ dataDir })).toEqual([expect.stringMatching(/master\.key\.until-2026.* opens the backups/)])
})

it('warns of keys that never expire but the one that has to last, and of a backup that others can read', async () => {
  const server = await startTestServer({ timeZone: 'Europe/Berlin' })
  onTestFinished(() => server.stop())
  const doctor = async () => (await runCommand(server.dataDir, 'doctor')).out
  expect(await doctor()).toMatch(/^ok +configuration +.*zone Europe\/Berlin/m)
  expect(await doctor()).not.toMatch(/never expire/)
  await newKey(server, { role: 'account', expires_at: Date.now() + 3_600_000 })
  expect(await doctor()).not.toMatch(/never expire/)
  const lasting = await newKey(server, { role: 'account' })
  expect(await doctor()).toContain(
    `WARN  safety        1 key never expires beside the one that has to: ${lasting.access_key} (account of `,
  )
  const other = await newKey(server, { role: 'operator' })
  expect(await doctor()).toMatch(/WARN {2}safety +2 keys never expire beside.*: make others with --expires/)
  for (const key of [lasting, other, server.credentials]) expect(await doctor()).toContain(key.access_key)
  const backup = `${server.dataDir}-backup`
  expect((await runCommand(server.dataDir, 'backup', backup)).code).toBe(0)
  expect(await doctor()).not.toMatch(/others can read the backup/)
  await chmod(backup, 0o755)
  expect(await doctor()).toContain(`others can read the backup ${backup}`)
})
