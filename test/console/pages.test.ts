import axe from 'axe-core'
import { describe, expect, it } from 'vitest'
import {
  hasBrowser,
  type Look,
  newPerson,
  type Person,
  picture,
  settled,
  signIn,
  withBrowser,
  withoutBrowser,
} from './browser.ts'
import { month, startLoadedMonth } from './loaded-month.ts'

const pages = ['', 'usage', 'places', 'top', 'exports', 'completeness', 'logs', 'accounts', 'system']
const looks: Look[] = (['en', 'zh'] as const).flatMap((language) =>
  (['light', 'dark'] as const).flatMap((theme) => [1280, 390].map((width) => ({ language, theme, width }))),
)

type Finding = { id: string; help: string; nodes: { html: string }[] }

/** Findings of axe, by the rules of WCAG 2.2 AA. */
async function findings({ page }: Person): Promise<string[]> {
  await page.evaluate(axe.source)
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const violations = (await page.evaluate(
    `axe.run({ runOnly: ${JSON.stringify(tags)} }).then((result) => result.violations)`,
  )) as Finding[]
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html.slice(0, 160)).join(' | ')}`,
  )
}

describe.skipIf(!hasBrowser)(`every page${withoutBrowser}`, () => {
  const parts = withBrowser(startLoadedMonth)

  it.each(looks)(
    'in $language, $theme, $width px wide: nothing fails, nothing is cut, axe finds nothing',
    async (look) => {
      const person = await newPerson(parts.browser, parts.subject.server, look)
      await signIn(person, parts.subject.server)
      const found: string[] = []
      for (const name of pages) {
        await person.open(`/${name}?range=${month}`)
        await settled(person)
        await picture(person, `${name || 'month'}-${look.language}-${look.theme}-${look.width}`)
        found.push(...(await findings(person)).map((finding) => `${name}: ${finding}`))
        const overflow = Number(await person.page.evaluate('document.documentElement.scrollWidth - window.innerWidth'))
        if (overflow > 0) found.push(`${name}: ${overflow} px wider than the window`)
        const failures = await person.page.locator('.failure').allInnerTexts()
        found.push(...failures.map((text) => `${name}: ${text}`))
      }
      expect([...found, ...person.problems]).toEqual([])
      // Markup of a log would have run by now.
      expect(await person.page.evaluate('window.__hit')).toBeUndefined()
      await person.close()
    },
  )

  it('are all in the menu, and their titles name them', async () => {
    const person = await newPerson(parts.browser, parts.subject.server)
    await signIn(person, parts.subject.server)
    await person.open('/')
    await settled(person)
    const links = await person.page.getByRole('navigation').getByRole('link').allInnerTexts()
    expect(links).toHaveLength(pages.length)
    for (const name of links) {
      await person.page.getByRole('navigation').getByRole('link', { name, exact: true }).click()
      await person.page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
      expect(await person.page.title()).toContain(name)
    }
    await person.close()
  })
})
