import { describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { hasBrowser, newPerson, type Person, settled, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { month, startOneLine } from './loaded-month.ts'

describe.skipIf(!hasBrowser)(`when things go wrong${withoutBrowser}`, () => {
  const parts = withBrowser(startOneLine)

  const signedIn = async (): Promise<Person> => {
    const person = await newPerson(parts.browser, parts.subject)
    await signIn(person, parts.subject)
    return person
  }

  it('a session that ended asks to sign in, and goes on at the same view', async () => {
    const person = await signedIn()
    await person.open(`/usage?range=${month}&figure=requests`)
    await settled(person)
    await person.context.clearCookies()
    await person.page.getByLabel('Figure').selectOption('flux')
    await person.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await person.page.getByLabel('Access key').fill(parts.subject.credentials.access_key)
    await person.page.getByLabel('Secret key', { exact: true }).fill(parts.subject.credentials.secret_key)
    await person.page.getByRole('button', { name: 'Sign in' }).click()
    await person.page.getByRole('heading', { name: 'Traffic over time' }).waitFor()
    expect(person.page.url()).toContain(`range=${month}`)
    await person.close()
  })

  it('a wrong secret is told, and nothing of it stays in the address', async () => {
    const person = await newPerson(parts.browser, parts.subject)
    await person.open('/')
    await person.page.getByLabel('Access key').fill(parts.subject.credentials.access_key)
    await person.page.getByLabel('Secret key', { exact: true }).fill('wrong')
    await person.page.getByRole('button', { name: 'Sign in' }).click()
    await person.page.getByRole('alert').waitFor()
    expect(person.page.url()).not.toContain('wrong')
    await person.close()
  })

  it('a server that is gone is told, and its figures are there again when it is back', async () => {
    const person = await signedIn()
    await person.open(`/?range=${month}`)
    await settled(person)
    await person.context.setOffline(true)
    await person.page
      .getByRole('link', { name: 'Usage', exact: true })
      .click()
      .catch(() => {})
    await person.page.getByText('The server does not answer').waitFor()
    await person.context.setOffline(false)
    await person.page.getByText('The server does not answer').waitFor({ state: 'hidden' })
    await person.close()
  })

  it('a slow answer leaves the figures before it on the page', async () => {
    const person = await signedIn()
    await person.open(`/usage?range=${month}`)
    await settled(person)
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await person.page.route('**/api/v1/usage**', async (route) => {
      await held
      await route.continue()
    })
    await person.page.getByLabel('Step').selectOption('86400')
    await person.page.locator('.stale').first().waitFor()
    expect(await person.page.locator('.chart').count()).toBe(1)
    // A file of the figures before would bear the view of now.
    const csv = person.page.getByRole('button', { name: 'CSV', exact: true }).first()
    expect(await csv.isDisabled()).toBe(true)
    release()
    await settled(person)
    expect(await csv.isEnabled()).toBe(true)
    await person.close()
  })

  it('figures of one account are not shown while another’s are awaited', async () => {
    await parts.subject.call('POST', '/api/v1/accounts', { name: 'other' })
    const person = await signedIn()
    await person.open(`/usage?range=${month}`)
    await settled(person)
    expect(await person.page.locator('.chart').count()).toBe(1)
    // No answer comes: what is shown now is shown for as long as the server takes.
    await person.page.route('**/api/v1/usage**', () => {})
    await person.page.getByLabel('Account', { exact: true }).selectOption({ label: 'other' })
    await person.page.locator('main .awaited').waitFor()
    expect(await person.page.locator('.chart').count()).toBe(0)
    await person.close()
  })

  it('signing out of a session that has ended by itself asks to sign in', async () => {
    const person = await signedIn()
    await person.open(`/system?range=${month}`)
    await settled(person)
    await person.context.clearCookies()
    await person.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await person.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(person.problems).toEqual([])
    await person.close()
  })

  it('a second tab ends with the first', async () => {
    const person = await signedIn()
    await person.open(`/?range=${month}`)
    await settled(person)
    const second = await person.context.newPage()
    await second.goto(`${parts.subject.endpoint}/usage?range=${month}`)
    await second.getByRole('heading', { level: 1, name: 'Usage' }).waitFor()
    await person.page.getByRole('button', { name: 'Sign out', exact: true }).click()
    await person.page.getByRole('heading', { name: 'Sign in' }).waitFor()
    await second.getByRole('heading', { name: 'Sign in' }).waitFor()
    await person.close()
  })

  it('the way back goes through the views as they were', async () => {
    const person = await signedIn()
    await person.open(`/usage?range=${month}`)
    await settled(person)
    await person.page.getByLabel('Figure').selectOption('requests')
    await person.page.getByRole('heading', { name: 'Requests over time' }).waitFor()
    await person.page.getByLabel('Range').selectOption('7d')
    await person.page.waitForURL(/range=7d/)
    await person.page.goBack()
    await person.page.waitForURL(new RegExp(`range=${month}`))
    expect(await person.page.getByLabel('Figure').inputValue()).toBe('requests')
    await person.page.goBack()
    await person.page.getByRole('heading', { name: 'Traffic over time' }).waitFor()
    await person.close()
  })

  it('a hostile log and a hostile name of a domain stay text', async () => {
    const mark = '<img src=x onerror="window.__hit=1">'
    const lines = [
      huaweiLine({ path: `/${mark}`, userAgent: mark.replaceAll('"', "'"), referrer: mark.replaceAll('"', "'") }),
      huaweiLine({ domain: '"><script>window.__hit=1</script>.test' }),
      ...Array.from({ length: 200 }, (_, n) => huaweiLine({ path: `/p${n}` })),
    ]
    await parts.subject.load(lines.join(''), { name: '<b>mark<b>.log' })
    const person = await signedIn()
    for (const page of [
      'top',
      'logs',
      'places',
      'completeness',
      'usage?figure=flux&explain=1788220800000&of=www.example.test',
    ]) {
      await person.open(`/${page}${page.includes('?') ? '&' : '?'}range=${month}`)
      await settled(person)
      expect(await person.page.evaluate('window.__hit'), page).toBeUndefined()
      expect(await person.page.locator('main img, main script, main b').count(), page).toBe(0)
    }
    expect(person.problems).toEqual([])
    await person.close()
  })

  it('a view that cannot be is the default, and a domain that nobody has is told', async () => {
    const person = await signedIn()
    await person.open('/usage?range=never&compare=no&figure=none&interval=7')
    await settled(person)
    expect(await person.page.getByLabel('Range').inputValue()).toBe('this_month')
    await person.open(`/usage?range=${month}&domains=nobody.test`)
    await person.page.getByRole('alert').waitFor()
    await person.open(`/usage?zone=Nowhere/City&range=${month}`)
    await person.page.getByRole('heading', { level: 1 }).waitFor()
    await person.close()
  })
})
