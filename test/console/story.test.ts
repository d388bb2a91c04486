import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer } from '../harness/server.ts'
import { hasBrowser, newPerson, type Person, picture, settled, withBrowser, withoutBrowser } from './browser.ts'

const month = '2026-09'
const days = 30
const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const dayMs = 86_400_000
const hourMs = 3_600_000
const [ours, theirs] = ['www.ours.test', 'www.customer.test'] as const
const badDay = 12

/** `01/Sep/2026:08:00:01 +0800` */
function logTime(timeMs: number): string {
  const [, day, name, year, time] = new Date(timeMs + 8 * hourMs).toUTCString().split(' ')
  return `${day}/${name}/${year}:${time} +0800`
}

/** A day's log of both domains, a request of each in every hour. */
function logOf(day: number): Buffer {
  const lines: string[] = []
  for (let hour = 0; hour < 24; hour++)
    for (const domain of [ours, theirs])
      lines.push(
        huaweiLine({
          ...{ domain, path: `/${day}/${hour}.bin`, time: logTime(startMs + (day - 1) * dayMs + hour * hourMs) },
          bytes: day * 1_000_000 + hour * 1_000,
        }),
      )
  return Buffer.from(lines.join(''))
}

const nameOf = (day: number) => `cdn_${month.replace('-', '')}${String(day).padStart(2, '0')}.log`
const fileOf = (day: number, buffer = logOf(day)) => ({ name: nameOf(day), mimeType: 'text/plain', buffer })
/** A log whose lines no format knows. */
const garbled = Buffer.from('this is not a line of any log\n'.repeat(48))
const fluxOf = (domains: number) =>
  domains *
  Array.from({ length: days }, (_, index) => 24 * (index + 1) * 1_000_000 + 276_000).reduce((a, b) => a + b, 0)

describe.skipIf(!hasBrowser)(`a person's month, in the browser alone${withoutBrowser}`, () => {
  const parts = withBrowser(() => startTestServer({ timeZone: 'Asia/Shanghai' }))

  const goTo = async (page: Page, name: string) => {
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click()
    await page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  }

  it('logs in, a refused file mended, the month complete, the bill made, a customer who sees only theirs', async () => {
    const person = await newPerson(parts.browser, parts.subject)
    const { page } = person
    const { json } = await parts.subject.call('POST', '/console/links', {})
    await person.open(new URL(String(json['url'])).hash.replace(/^/, '/'))
    await page.getByText('Three commands make the first file').waitFor()
    expect(page.url()).not.toContain('token=')

    await stateCadence(page)
    await loadMonth(person)
    await makeBill(person)
    const key = await giveKey(page)
    const customer = await newPerson(parts.browser, parts.subject)
    await lookAsCustomer(customer, key)
    await picture(customer, 'story-customer')
    expect([...person.problems, ...customer.problems]).toEqual([])
    await customer.close()
    await person.close()
  })

  /** Says that the source delivers a file of each domain a day. */
  async function stateCadence(page: Page) {
    await page.goto(`${parts.subject.endpoint}/logs?part=cadences&range=${month}`)
    await page.getByLabel('Source', { exact: true }).fill('default')
    await page.getByLabel('Delivers').selectOption('day')
    await page.getByLabel('Files of each domain').fill('1')
    await page.getByLabel('Zone of the day').fill('Asia/Shanghai')
    await page.getByRole('button', { name: 'State the cadence' }).click()
    await page.getByText('The cadence of default is stated.').waitFor()
  }

  /** Loads the month's files, of which one is refused, and then the mended one. */
  async function loadMonth(person: Person) {
    const { page } = person
    await page.goto(`${parts.subject.endpoint}/logs?range=${month}`)
    const all = Array.from({ length: days }, (_, index) => index + 1)
    const files = all.map((day) => (day === badDay ? fileOf(day, garbled) : fileOf(day)))
    await page.getByLabel('Drop log files here, or choose them').setInputFiles(files)
    await page.getByRole('button', { name: `Load all (${days})` }).click()
    const bad = page.getByRole('region', { name: nameOf(badDay) })
    await bad.getByRole('alert').waitFor({ timeout: 240_000 })
    await page
      .getByText(/^Loaded: /)
      .nth(days - 2)
      .waitFor({ timeout: 240_000 })
    await picture(person, 'story-refused-file')

    await goTo(page, 'Completeness')
    await settled(person)
    expect(await page.locator('main').innerText()).toContain(`${month}-${badDay}`)

    await page.goto(`${parts.subject.endpoint}/logs?range=${month}`)
    await page.getByLabel('Drop log files here, or choose them').setInputFiles([fileOf(badDay)])
    await page.getByRole('button', { name: `Load ${nameOf(badDay)}`, exact: true }).click()
    await page.getByText(/^Loaded: 48 requests/).waitFor()

    await goTo(page, 'Month')
    await page.getByText('Nothing is missing.').waitFor()
    await picture(person, 'story-complete-month')
  }

  /** Looks at the percentile, makes the bill, and compares its file with the hash that the page shows. */
  async function makeBill(person: Person) {
    const { page } = person
    await page.goto(`${parts.subject.endpoint}/usage?range=${month}&figure=peak_bandwidth`)
    await page.getByRole('heading', { name: 'Points above the percentile' }).waitFor()
    await settled(person)
    await picture(person, 'story-percentile')

    await page.goto(`${parts.subject.endpoint}/exports?new=billing_summary&range=${month}`)
    await page.getByLabel('Language of the file').selectOption('en')
    await page.getByRole('button', { name: 'Create the task' }).click()
    const link = page.getByRole('link', { name: /^Download .*\.csv$/ }).first()
    await link.waitFor({ timeout: 120_000 })
    const shown = await page.locator('main').innerText()
    const href = new URL((await link.getAttribute('href')) ?? '', parts.subject.endpoint)
    const bytes = await (await person.context.request.get(href.href)).body()
    expect(shown).toContain(createHash('sha256').update(bytes).digest('hex'))
    expect(bytes.toString('utf8')).toContain(String(fluxOf(2)))
    await picture(person, 'story-bill')
  }

  /** Signs in by the key, and looks at every page for what is not the customer's. */
  async function lookAsCustomer(customer: Person, key: { accessKey: string; secretKey: string }) {
    await customer.open(`/?range=${month}`)
    await customer.page.getByLabel('Access key').fill(key.accessKey)
    await customer.page.getByLabel('Secret key', { exact: true }).fill(key.secretKey)
    await customer.page.getByRole('button', { name: 'Sign in' }).click()
    await customer.page.getByRole('heading', { name: 'Month to date' }).waitFor()
    await settled(customer)
    await customer.page.getByRole('button', { name: 'Table', exact: true }).first().click()
    const figures = await customer.page.locator('main').innerText()
    expect(figures.replaceAll(',', '')).toContain(String(fluxOf(1)))
    expect(await customer.page.getByLabel('Account', { exact: true }).count()).toBe(0)
    for (const name of ['Usage', 'Top', 'Completeness', 'Logs', 'Accounts', 'System']) {
      await goTo(customer.page, name)
      await settled(customer)
      expect(await customer.page.locator('body').innerText(), name).not.toContain(ours)
    }
  }

  /** Makes an account with a domain and a key, and reads the key that is shown once. */
  async function giveKey(page: Page): Promise<{ accessKey: string; secretKey: string }> {
    await goTo(page, 'Accounts')
    const form = page.getByRole('form', { name: 'New account' })
    await form.getByLabel('Name').fill('customer')
    await form.getByRole('button', { name: 'Create' }).click()
    await page.getByRole('link', { name: 'customer', exact: true }).click()
    const give = page.getByRole('form', { name: 'Give a domain' })
    await give.getByLabel('Domain', { exact: true }).fill(theirs)
    await give.getByLabel('The owner sees requests from before').selectOption('yes')
    await give.getByRole('button', { name: 'Give' }).click()
    await page.getByRole('cell', { name: theirs, exact: true }).first().waitFor()
    await page.getByRole('form', { name: 'New key' }).getByRole('button', { name: 'Make the key' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.waitFor()
    const shownAs = (label: string) => dialog.getByLabel(label, { exact: true }).first().inputValue()
    const key = { accessKey: await shownAs('Access key'), secretKey: await shownAs('Secret key') }
    await dialog.getByRole('button', { name: 'Close' }).click()
    expect(await page.content()).not.toContain(key.secretKey)
    return key
  }
})
