import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { assign, newTenant, type Tenant } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { hasBrowser, newPerson, settled, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { cardRows, openSettled, shownRows } from './figure-tables.ts'

const month = '2026-09'
const domain = 'www.customer.test'
const log = Array.from({ length: 20 }, (_, n) => huaweiLine({ domain, path: `/${n}` })).join('')

type Kept = { server: TestServer; tenant: Tenant; stop(): Promise<void> }
async function startKept(): Promise<Kept> {
  const server = await startTestServer({ timeZone: 'Asia/Shanghai' })
  const tenant = await newTenant(server, 'customer')
  await assign(server, domain, tenant.accountId, { is_new: true })
  return { server, tenant, stop: () => server.stop() }
}

describe.skipIf(!hasBrowser)(`kept logs${withoutBrowser}`, () => {
  const parts = withBrowser(startKept)

  it('are set for a source by its account, listed, downloaded line for line, and removed by an operator', async () => {
    const { server, tenant } = parts.subject
    const customer = await newPerson(parts.browser, server)
    await signIn(customer, server, tenant.key)
    await openSettled(customer, `/logs?range=${month}`)
    const form = customer.page.getByRole('form', { name: 'Keep the logs of a source' })
    await form.getByLabel('Source').fill('edge')
    await form.getByLabel('Days').fill('3000')
    await form.getByRole('button', { name: 'Keep the logs' }).click()
    await customer.page.getByText('The logs of edge are kept.').waitFor()
    const loaded = await fetch(`${server.endpoint}/api/v1/log-batches?name=day.log&source=edge&wait=true`, {
      ...{ method: 'POST', body: log, headers: { Authorization: `Bearer ${tenant.token}` } },
    })
    expect(((await loaded.json()) as { state: string }).state).toBe('loaded')

    await openSettled(customer, `/logs?range=${month}&domains=${domain}`)
    const [kept] = await cardRows(customer, 'Sources whose logs are kept')
    expect(kept).toMatchObject({ Source: 'edge', Days: '3000', Files: '1', 'Files that found no room': '0' })
    const table = customer.page.getByRole('table', { name: 'Kept log files of an own domain' })
    const [file] = await shownRows(table)
    expect(file).toMatchObject({ From: '2026-09-01 08:00', Until: '2026-09-01 09:00' })
    const href = (await table.getByRole('link').getAttribute('href')) ?? ''
    const bytes = await (await customer.context.request.get(href)).body()
    expect(String(bytes.length)).toBe(kept?.['Size'])
    expect(gunzipSync(bytes).toString()).toBe(log)

    const operator = await newPerson(parts.browser, server)
    await signIn(operator, server)
    await openSettled(operator, `/logs?range=${month}&part=kept`)
    expect((await cardRows(operator, 'Sources whose logs are kept'))[0]).toMatchObject({ Account: 'customer' })
    await operator.page.getByRole('button', { name: 'Keep no more logs of edge' }).click()
    await operator.page.getByRole('button', { name: 'Remove the files' }).click()
    await operator.page.getByText('The log files of no source are kept.').waitFor()
    await settled(operator)
    expect((await customer.context.request.get(href)).ok()).toBe(false)
    expect([...customer.problems, ...operator.problems]).toEqual([])
  })
})
