import { beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { hasBrowser, newPerson, type Person, signIn, withBrowser, withoutBrowser } from './browser.ts'
import { cardRows, openSettled } from './figure-tables.ts'

const month = '2026-09'
const zone = 'Asia/Shanghai'
const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const stepMs = 300_000
const steps = (30 * 86_400_000) / stepMs
const bytesOf = (step: number) => 1_000 + step

/** `01/Sep/2026:08:00:01 +0800` */
function logTime(timeMs: number): string {
  const [, day, name, year, time] = new Date(timeMs + 8 * 3_600_000).toUTCString().split(' ')
  return `${day}/${name}/${year}:${time} +0800`
}

/** A server whose source is not expected to report the domain: five minutes without a request are missing, every other of them. */
async function startHoles(): Promise<TestServer> {
  const server = await startTestServer({ timeZone: zone })
  await server.call('PUT', '/api/v1/coverage/cadences/edge', { domains: ['other.example.test'] })
  const lines = Array.from({ length: steps / 2 }, (_, n) =>
    huaweiLine({ time: logTime(startMs + 2 * n * stepMs), path: `/${n}`, bytes: bytesOf(2 * n) }),
  )
  expect((await server.load(lines.join(''), { name: 'holes.log', source: 'edge' })).json['state']).toBe('loaded')
  return server
}

describe.skipIf(!hasBrowser)(`more gaps than one answer has${withoutBrowser}`, () => {
  const parts = withBrowser(startHoles)
  let person: Person
  beforeAll(async () => {
    person = await newPerson(parts.browser, parts.subject)
    await signIn(person, parts.subject)
  })

  it('have no figure, up to the end of the month', async () => {
    await openSettled(person, `/usage?range=${month}&figure=flux&interval=300`)
    const figures = (await cardRows(person)).map((row) => row['All domains'])
    expect(figures).toEqual(Array.from({ length: steps }, (_, step) => (step % 2 === 0 ? String(bytesOf(step)) : '')))
    const strip = person.page.locator('.state-part')
    expect(await strip.count()).toBeLessThanOrEqual(500)
    expect(await strip.last().getAttribute('title')).toContain('missing: 2026-09-30')
    expect(await person.page.locator('.state-counts').first().innerText()).toContain('4,320')
    expect(person.problems).toEqual([])
  })
})
