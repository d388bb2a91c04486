import { describe, expect, it } from 'vitest'
import { hasBrowser, newPerson, type Person, settled, withBrowser, withoutBrowser } from './browser.ts'
import { month, startOneLine } from './loaded-month.ts'

/** Asks the page for the name of the control that has the focus. */
const nameOfFocus = `(() => {
  const element = document.activeElement
  const label = element?.id ? document.querySelector('label[for="' + CSS.escape(element.id) + '"]')?.textContent : null
  const around = element?.closest('label')?.textContent
  return element?.getAttribute('aria-label') ?? label ?? around ?? element?.textContent ?? ''
})()`

/** Presses Tab until the focus is on a control with this name. @throws Error after 120 steps */
async function tabTo({ page }: Person, name: string): Promise<void> {
  for (let step = 0; step < 120; step++) {
    await page.keyboard.press('Tab')
    const focused = String(await page.evaluate(nameOfFocus))
    if (focused.trim().startsWith(name)) return
  }
  throw new Error(`the focus does not come to ${name}`)
}

describe.skipIf(!hasBrowser)(`by the keyboard alone${withoutBrowser}`, () => {
  const parts = withBrowser(startOneLine)

  it('a person signs in, goes to a page, chooses a domain, changes the view, opens a table, a point and a dialog, and leaves it', async () => {
    const person = await newPerson(parts.browser, parts.subject)
    const { page } = person
    await person.open(`/?range=${month}`)
    await tabTo(person, 'Access key')
    await page.keyboard.type(parts.subject.credentials.access_key)
    await tabTo(person, 'Secret key')
    await page.keyboard.type(parts.subject.credentials.secret_key)
    await page.keyboard.press('Enter')
    await settled(person)
    await tabTo(person, 'Usage')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Traffic over time' }).waitFor()
    // A domain of nobody is the operator's: a first log has no other.
    await tabTo(person, 'All domains')
    await page.keyboard.press('Enter')
    await tabTo(person, 'www.example.test')
    await page.keyboard.press('Space')
    await page.waitForURL(/domains=www\.example\.test/)
    await page.keyboard.press('Escape')
    await tabTo(person, 'Figure')
    await page.keyboard.press('ArrowDown')
    await page.getByRole('heading', { name: 'Bandwidth over time' }).waitFor()
    await tabTo(person, 'Table')
    await page.keyboard.press('Enter')
    await page.getByRole('table').first().waitFor()
    await tabTo(person, 'Bandwidth over time')
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowRight')
    await page.locator('.legend-time', { hasText: `${month}-01` }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(page.url()).toContain(`range=${month}`)
    expect(person.problems).toEqual([])
    await person.close()
  })
})
