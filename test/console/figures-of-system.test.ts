import { beforeAll, describe, expect, it } from 'vitest'
import { assign, newTenant } from '../harness/customers.ts'
import { type LocatedServer, startLocatedServer } from '../harness/located-server.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { hasBrowser, newPerson, type Person, settled, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { cardRows, openSettled, shownRows } from './figure-tables.ts'

const zone = 'Asia/Shanghai'
const address = '198.51.100.7'
const lines = 40
const log = (domain: string) =>
  Array.from({ length: lines }, (_, n) => huaweiLine({ domain, path: `/${domain}/${n}`, client: address })).join('')
const timeText = (timeMs: unknown) =>
  timeMs === null ? '' : new Date(Number(timeMs) + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
const grouped = (figure: unknown) => Number(figure).toLocaleString('en-GB')
/** A cell of CSV. */
const cell = (value: unknown) => (value === null || value === undefined ? '' : String(value))
type List = Record<string, unknown>[]

/** A server of two accounts with a log each, one of them with settings, and with places of a few networks. */
async function startSystem(): Promise<LocatedServer> {
  const located = await startLocatedServer({ '198.51.100.0/24': 'us//' })
  const { server } = located
  const tenant = await newTenant(server, 'customer')
  await newTenant(server, 'locked customer').then(({ accountId }) =>
    server.call('POST', `/api/v1/accounts/${accountId}/lock`),
  )
  await assign(server, 'www.customer.test', tenant.accountId, { is_new: true })
  await server.call('PUT', `/api/v1/accounts/${tenant.accountId}/settings`, { rows_max: 5_000, tasks_waiting_max: 7 })
  for (const domain of ['www.customer.test', 'www.own.test'])
    expect((await server.load(log(domain), { name: `${domain}.log` })).json['state']).toBe('loaded')
  return located
}

describe.skipIf(!hasBrowser)(`figures of accounts and of the system${withoutBrowser}`, () => {
  const parts = withBrowser(startSystem)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject.server)
    await signIn(person, parts.subject.server)
    // The built-in geographic data take a busy machine more than the usual 30 seconds.
    person.page.setDefaultTimeout(120_000)
  })
  const get = async (path: string) => (await parts.subject.server.call('GET', path)).json
  const open = (path: string) => openSettled(person, `${path}${path.includes('?') ? '&' : '?'}zone=${zone}`)

  it('of accounts are those of the API', async () => {
    const accounts = (await get('/api/v1/accounts'))['accounts'] as List
    const domainsOf: Record<string, string> = { customer: '1', 'locked customer': '0', default: '1' }
    await open('/accounts')
    expect(await cardRows(person, 'Accounts')).toEqual(
      accounts.map((account) => ({
        ...{ Name: account['name'], State: account['locked_at'] === null ? 'active' : 'locked' },
        ...{ Domains: domainsOf[String(account['name'])], 'Account ID': account['account_id'] },
        ...{ 'Own settings': account['name'] === 'customer' ? '2' : '0', Created: timeText(account['created_at']) },
      })),
    )
    const customer = accounts.find(({ name }) => name === 'customer')
    await open(`/accounts?id=${customer?.['account_id']}`)
    expect((await cardRows(person, 'Domains of the account')).map((row) => row['Domain'])).toEqual([
      'www.customer.test',
    ])
    const form = person.page.getByRole('form').filter({ has: person.page.getByText('Save') })
    expect(await form.locator('input[name=rows_max]').inputValue()).toBe('5000')
    expect(await form.locator('input[name=tasks_waiting_max]').inputValue()).toBe('7')
  })

  it('of keys and of the audit log are those of the API', async () => {
    const keys = (await get('/api/v1/access-keys?limit=1000'))['access_keys'] as List
    await open('/accounts?part=keys')
    const shown = await cardRows(person, 'Access keys')
    expect(shown.map((row) => [row['Access key'], row['Account'], row['Role'], row['Created']]).sort()).toEqual(
      keys.map((key) => [key['access_key'], key['account_name'], key['role'], timeText(key['created_at'])]).sort(),
    )
    await open('/accounts?part=audit')
    const rows = await cardRows(person, 'Audit log')
    const events = (await get('/api/v1/audit?limit=100'))['events'] as List
    const found = rows.map((row) => [row['Event'], row['Action'], row['Object'], row['Outcome'], row['Time']])
    const wanted = events.map((event) => [
      ...['event_id', 'action', 'object', 'outcome'].map((name) => cell(event[name])),
      timeText(event['time']),
    ])
    // Looks of the test itself are events, too.
    expect(wanted.slice(-found.length)).toEqual(found)
  })

  it('of the parts, limits and settings are those of the API', async () => {
    await open('/system')
    const { server, limits, version } = (await get('/api/v1/system')) as {
      server: Record<string, Record<string, Record<string, string>>> & { configuration: List }
      limits: Record<string, number>
      version: string
    }
    const partRows = await cardRows(person, 'Parts of the server')
    expect(partRows.map((row) => row['State'])).toEqual(
      ['database', 'warehouse', 'artifacts', 'loading'].map((name) => server['parts']?.[name]?.['state']),
    )
    const facts = async (name: string) => {
      const list = person.page.getByRole('region', { name }).locator('dl')
      const [titles, values] = await Promise.all([
        list.locator('dt').allInnerTexts(),
        list.locator('dd').allInnerTexts(),
      ])
      return Object.fromEntries(titles.map((title, index) => [title, values[index]]))
    }
    expect((await facts('Program'))['Version']).toBe(version)
    const ofLimits = await facts('Limits of the own account')
    expect(ofLimits['Export tasks that wait, at most']).toBe(grouped(limits['tasks_waiting_max']))
    expect(ofLimits['Rows of a file, at most']).toBe(grouped(limits['rows_max']))
    await open('/system?part=configuration')
    expect(
      (await cardRows(person, 'Configuration')).map((row) => [row['Setting'], row['Value'], row['Source']]),
    ).toEqual(
      server.configuration.map((one) => [
        ...[one['name'], one['is_hidden'] ? 'set, not shown' : cell(one['value'])],
        one['source'],
      ]),
    )
  })

  it('of retention are those of the API, and requests are those of the logs', async () => {
    const tables = (await get('/api/v1/retention'))['tables'] as List
    await open('/system?part=retention')
    const rows = await cardRows(person, 'Retention')
    expect(rows[0]).toMatchObject({ Data: 'Single requests', Rows: String(2 * lines) })
    expect(
      rows.map((row) => [row['Kept, days'], row['Rows'], row['Due now, rows'], row['Next dropped, rows']]),
    ).toEqual(
      tables.map((table) => {
        const [due, next] = [table['due'], table['next']] as [{ rows: number }, { rows: number } | null]
        return [table['keep_days'], table['rows'], due.rows, next?.rows].map(cell)
      }),
    )
    expect(rows.map((row) => row['Next dropped at'])).toEqual(
      tables.map(({ next }) => (next === null ? '' : timeText((next as { at: number }).at))),
    )
  })

  it('a check finds what is not as the ledger says, and the repair makes it as it was', async () => {
    const { warehouse } = parts.subject.server
    await open('/system?part=checks')
    const { page } = person
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText(`Consistent: 2 loads, ${2 * lines} requests, no finding.`).waitFor()
    await warehouse.command(`ALTER TABLE usage DELETE WHERE domain = 'www.own.test' SETTINGS mutations_sync = 2`)
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText(/^Findings: \d+\.$/).waitFor()
    const found = await shownRows(page.getByRole('table', { name: 'Consistency check' }))
    expect(found.map((row) => row['Can be repaired'])).toEqual(found.map(() => 'yes'))
    await page.getByRole('button', { name: 'Check and repair …' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Check and repair', exact: true }).click()
    await page.getByRole('table').getByRole('cell', { name: 'yes' }).nth(1).waitFor()
    const repaired = await shownRows(page.getByRole('table', { name: 'Consistency check' }))
    expect(repaired.map((row) => row['Repaired'])).toEqual(repaired.map(() => 'yes'))
    await page.getByRole('button', { name: 'Check now' }).click()
    await page.getByText(/^Consistent: 2 loads/).waitFor()
  })

  it('an update of geographic data by a file is in use at once, and can be taken back', async () => {
    await open(`/system?part=geo&client=${address}`)
    const { page } = person
    const look = page.getByRole('region', { name: 'Where is an address?' })
    await look.getByText('us', { exact: true }).waitFor()
    const table = Buffer.from('network,country\n198.51.100.0/24,jp\n203.0.113.0/24,fr\n')
    await page
      .getByLabel('Files', { exact: true })
      .setInputFiles({ name: 'own.csv', mimeType: 'text/csv', buffer: table })
    await page.getByLabel('Licence', { exact: true }).fill('own')
    await page.getByRole('button', { name: 'Update', exact: true }).click()
    await page.getByText('The new data are in use.').waitFor()
    await settled(person)
    const geo = await get('/api/v1/geo')
    await page.getByText(`${geo['name']}: ${grouped(geo['networks'])} networks.`).waitFor()
    await look.getByText('jp', { exact: true }).waitFor()
    const sources = (await cardRows(person, 'Geographic data in use')).map((row) => [row['Source'], row['Licence']])
    expect(sources).toEqual((geo['sources'] as List).map((source) => [source['name'], source['licence']]))
    await page.getByRole('button', { name: 'Return to the built-in data …' }).click()
    await page.getByRole('button', { name: 'Remove the imported data' }).click()
    await page.getByRole('button', { name: 'Return to the built-in data …' }).waitFor({ state: 'detached' })
    await page.getByText(`${geo['built_in']}: `).first().waitFor()
    expect((await get('/api/v1/geo'))['name']).toBe(geo['built_in'])
    expect(person.problems).toEqual([])
  })
})
