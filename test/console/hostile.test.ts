import { describe, expect, it } from 'vitest'
import { assign, newTenant, push, type Tenant } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { hasBrowser, newPerson, type Person, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { openSettled, savedCsv } from './figure-tables.ts'

const domain = 'www.hostile.test'
/** Cells begin behind these separators for a spreadsheet that has another one than the comma. */
const paths = ['/a;=1+1;b', '/a;＝1+1', '/a|@SUM(A1)', '/<img/src=x/onerror=alert(1)>', '/%22;=1+1']

type Hostile = { server: TestServer; tenant: Tenant; stop(): Promise<void> }
async function startHostile(): Promise<Hostile> {
  const server = await startTestServer({ timeZone: 'Asia/Shanghai' })
  const tenant = await newTenant(server, 'hostile')
  await assign(server, domain, tenant.accountId, { is_new: true })
  await push(server, tenant.token, paths.map((path) => huaweiLine({ domain, path })).join(''))
  return { server, tenant, stop: () => server.stop() }
}

describe.skipIf(!hasBrowser)(`a hostile customer${withoutBrowser}`, () => {
  const parts = withBrowser(startHostile)
  const nameOf = ({ page }: Person) =>
    page.evaluate(async () => ((await (await fetch('/console/session')).json()) as { name: string }).name)

  it('puts no formula into an operator’s CSV, whatever separates its cells, and no markup into the page', async () => {
    const { server, tenant } = parts.subject
    const person = await newPerson(parts.browser, server)
    await signIn(person, server)
    await openSettled(person, `/top?range=2026-09&account=${tenant.accountId}`)
    const csv = await savedCsv(person)
    for (const path of paths.slice(0, 3)) expect(csv).toContain(path.replace(/[;|]/, "$&'"))
    expect(csv).not.toMatch(/[;|\t]"*[=+\-@＝＋－＠]/)
    expect(await person.page.locator('main img').count()).toBe(0)
    expect(person.problems).toEqual([])
    await person.close()
  })

  it('signs no operator in to its own account by a link, unless they say so', async () => {
    const { server, tenant } = parts.subject
    const person = await newPerson(parts.browser, server)
    await signIn(person, server)
    await openSettled(person, '/')
    const operator = await nameOf(person)
    const link = await sendSigned(server, { method: 'POST', target: '/console/links', body: '{}', key: tenant.key })
    const { hash } = new URL(String(link.json['url']))
    const second = { ...person, page: await person.context.newPage() }
    for (const [choice, name] of [
      [/^Stay signed in as/, operator],
      ['Use the link', 'hostile'],
    ] as const) {
      await second.page.goto('about:blank')
      await second.page.goto(`${server.endpoint}/${hash}`)
      await second.page.getByRole('heading', { name: 'Sign in with this link?' }).waitFor()
      expect(second.page.url()).not.toContain('token=')
      expect(await nameOf(second)).toBe(operator)
      await second.page.getByRole('button', { name: choice }).click()
      await second.page.getByRole('navigation', { name: 'Pages' }).waitFor()
      expect(await nameOf(second)).toBe(name)
    }
    // The other tab shows nothing more of the operator's.
    await person.page.getByText('hostile (account)').waitFor()
    expect(await person.page.getByText(`${operator} (operator)`).count()).toBe(0)
    await person.close()
  })
})
