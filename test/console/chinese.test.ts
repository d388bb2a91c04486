import { beforeAll, describe, expect, it } from 'vitest'
import { chineseErrors } from '../../console/src/controls/error-titles.ts'
import { errorCatalogue } from '../../src/errors.ts'
import { hasBrowser, newPerson, type Person, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { delivered, month, startDeliveredDays } from './delivered-days.ts'
import { cardRows, openSettled } from './figure-tables.ts'

const hasChinese = /\p{Script=Han}/u

describe('errors of the API', () => {
  it('have a title in Chinese each', () => {
    expect(Object.keys(chineseErrors).sort()).toEqual(Object.keys(errorCatalogue).sort())
    expect(Object.values(chineseErrors).filter((title) => !hasChinese.test(title))).toEqual([])
  })
})

describe.skipIf(!hasBrowser)(`texts of the API on Chinese pages${withoutBrowser}`, () => {
  const parts = withBrowser(startDeliveredDays)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject, { language: 'zh' })
    await signIn(person, parts.subject)
  })

  it('say what is wrong with deliveries in Chinese, by kind, source and day', async () => {
    await openSettled(person, `/completeness?range=${month}`)
    const says = (await cardRows(person, '问题')).map((row) => row['说明'] ?? '')
    expect(says).toContain('来源 edge 缺少 2026-09-02 的文件：video.shop.test、www.shop.test')
    expect(says).toContain('没有来源上报 2026-09-09 至 2026-09-30：video.shop.test、www.shop.test')
    expect(says).toContain('video.shop.test 2026-09-05 的文件多于声明数量，请检查是否重复计数')
    expect(says.filter((text) => /^来源 edge 2026-09-0[34] 的批次 \d+ 被拒$/.test(text))).toHaveLength(2)
    expect(says.filter((text) => !hasChinese.test(text))).toEqual([])
    // The names of lines and files are in the API's text alone.
    expect(await person.page.locator('.fault-text [lang=en]').first().innerText()).toContain('access-2026-09-0')
    await openSettled(person, `/?range=${month}`)
    await person.page.getByText('来源 edge 缺少 2026-09-02 的文件').first().waitFor()
    await person.page.getByText('去掉前5%的点').waitFor()
  })

  it('name errors in Chinese: of a batch, and of a request', async () => {
    const failed = delivered.findIndex(({ state }) => state === 'failed') + 1
    await openSettled(person, `/logs?range=${month}&batch=${failed}`)
    const dialog = person.page.getByRole('dialog')
    await dialog.getByText('无法识别日志格式').first().waitFor()
    await openSettled(person, `/usage?range=${month}&domains=nobody.test`)
    expect(await person.page.getByRole('alert').first().innerText()).toMatch(hasChinese)
    expect(person.problems).toEqual([])
  })
})
