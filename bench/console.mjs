// The console in a browser (Debian's chromium), on a warm server with a month of 50 domains, every five minutes of it.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { writeTraffic } from '../scripts/traffic.mjs'
import { quantile, report, untilQuiet } from './measure.mjs'
import { command, main, startServer } from './server.mjs'

const executablePath = process.env.FLUXPORT_TEST_BROWSER ?? '/usr/bin/chromium'
const domains = Array.from({ length: 50 }, (_, n) => `d${String(n).padStart(2, '0')}.example.test`)
const month = '2026-10'
const days = 31
/** Of each day: about two of each domain in five minutes. */
const linesPerDay = 30_000
const dayMs = 86_400_000
const kB = 1000
const pages = ['', 'usage', 'places', 'top', 'exports', 'completeness', 'logs', 'accounts', 'system']
const figures = ['flux', 'peak_bandwidth', 'requests', 'status']

async function loadMonth(directory, dataDir) {
  const paths = Array.from({ length: days }, (_, day) => join(directory, `edge-${day}.log.gz`))
  const firstMs = Date.parse(`${month}-01T00:00:00+08:00`)
  for (const [day, path] of paths.entries())
    await writeTraffic({
      ...{ path, domains, format: 'huawei_offline', lines: linesPerDay, seed: day + 1 },
      ...{ startTimeMs: firstMs + day * dayMs, durationSeconds: dayMs / 1000 },
    })
  await command(process.execPath, [main, 'ingest', '--data-dir', dataDir, ...paths])
}

/** A page that is signed in; its answers' bytes as they go over the wire. */
async function signedIn(browser, { endpoint, key }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  const signed = await context.request.post(`${endpoint}/console/session`, {
    data: key,
    headers: { 'X-Fluxport-Console': '1' },
  })
  if (!signed.ok()) throw new Error(await signed.text())
  const page = await context.newPage()
  const answers = []
  page.on('requestfinished', async (request) => {
    const { requestBodySize, responseBodySize } = await request.sizes().catch(() => ({}))
    answers.push({ url: request.url(), bytes: Math.max(requestBodySize ?? 0, responseBodySize ?? 0) })
  })
  const open = async (path) => {
    await page.goto(new URL(path, endpoint).href)
    await page.locator('main h1').waitFor()
    await page.waitForFunction(() => !document.querySelector('.awaited, .stale'))
  }
  return { page, answers, open, close: () => context.close() }
}

/** First contentful paint of the start page, ms: each time a browser without anything kept. */
async function firstPaints(browser, server, count) {
  const paints = []
  for (let n = 0; n < count; n++) {
    const person = await signedIn(browser, server)
    await person.open(`/?range=${month}`)
    paints.push(await person.page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0].startTime))
    await person.close()
  }
  return paints
}

/** From the call that draws 5 lines of 8,928 points until the next frame, ms. */
async function drawings(person, count) {
  const names = domains.slice(0, 5).join()
  await person.page.addInitScript(() => {
    window.drawn = []
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        requestAnimationFrame(() =>
          setTimeout(() => window.drawn.push([entry.duration, performance.now() - entry.startTime])),
        )
    }).observe({ type: 'measure' })
  })
  const times = []
  for (let n = 0; n < count; n++) {
    await person.open(`/usage?range=${month}&figure=peak_bandwidth&interval=300&split=byDomain&domains=${names}`)
    await person.page.waitForFunction(() => window.drawn.length > 0)
    await person.page.waitForTimeout(500)
    times.push(await person.page.evaluate(() => window.drawn.at(-1)))
  }
  return times
}

/** Runs in the page: from a press until its first figure is there, and until none is awaited; with the frame after, ms. */
async function pressed(name) {
  const labels = [...document.querySelectorAll('fieldset.popover label')]
  const box = labels.find((label) => label.textContent.includes(name))?.querySelector('input')
  if (!box) throw new Error(`no domain ${name}`)
  const nextFrame = () => new Promise((done) => requestAnimationFrame(done))
  const startMs = performance.now()
  box.click()
  const isFresh = () => document.querySelector('.page section.card')?.closest('.stale') === null
  let firstMs = null
  // The press is shown a frame later at the latest.
  for (let frames = 0; frames < 2 || document.querySelector('.awaited, .stale'); frames++) {
    await nextFrame()
    if (frames >= 2 && isFresh()) firstMs ??= performance.now() - startMs
  }
  await nextFrame()
  const allMs = performance.now() - startMs
  return { firstMs: firstMs ?? allMs, allMs }
}

/** A change of the domains, each time others than before, so that no answer is kept. */
async function changes(person, path, count) {
  await person.open(path)
  await person.page
    .locator('fieldset.popover label')
    .nth(domains.length - 1)
    .waitFor({ state: 'attached' })
  const times = []
  for (let n = 0; n < count; n++) {
    times.push(await person.page.evaluate(pressed, domains[n]))
    await person.page.waitForTimeout(200)
  }
  return times
}

async function benchPages(browser, server, rounds) {
  report('console: first contentful paint, ms', await firstPaints(browser, server, 15), { atMost: 500 })
  const person = await signedIn(browser, server)
  const drawn = await drawings(person, 9)
  report(
    'console: 5 × 8,928 points, from the call to their frame, ms',
    drawn.map(([, framed]) => framed),
    { atMost: 100 },
    `script ${drawn.map(([script]) => script.toFixed(0)).join(', ')} ms`,
  )
  for (const path of ['usage', '', 'top', 'places']) {
    const times = await changes(person, `/${path}?range=${month}`, rounds)
    const [first, all] = ['firstMs', 'allMs'].map((name) => times.map((one) => one[name]).sort((a, b) => a - b))
    report(
      `console: a domain more, until the first figure of ${path || 'month'} is there, p95 of ${rounds}, ms`,
      [quantile(first, 0.95)],
      { atMost: 300 },
      `p50 ${quantile(first, 0.5).toFixed(0)}; all figures ${quantile(all, 0.5).toFixed(0)} / ${quantile(all, 0.95).toFixed(0)}`,
    )
  }
  await reportLargest(person)
}

/** The largest request or answer of all pages, and of usage in its finest form. */
async function reportLargest(person) {
  for (const path of pages) await person.open(`/${path}?range=${month}`)
  for (const figure of figures)
    for (const form of ['interval=300', 'interval=3600&split=byDomain'])
      await person.open(`/usage?range=${month}&figure=${figure}&${form}`)
  await person.page.waitForTimeout(1_000)
  const largest = person.answers.sort((a, b) => b.bytes - a.bytes)[0]
  report(
    'console: largest request or answer, kB',
    [largest.bytes / kB],
    { atMost: 1000 },
    new URL(largest.url).pathname,
  )
}

/** @param options.rounds changes of a filter on each page, at most the number of domains */
export async function benchConsole({ rounds = 21 } = {}) {
  if (!existsSync(executablePath)) return console.log('| console | skipped: there is no chromium | | | |')
  const directory = await mkdtemp(join(tmpdir(), 'fluxport-console-'))
  const dataDir = join(directory, 'data')
  const server = await startServer(dataDir)
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
  try {
    await loadMonth(directory, dataDir)
    await untilQuiet(server.processId)
    const { access_key, secret_key } = server.credentials
    await benchPages(browser, { endpoint: server.client.endpoint, key: { access_key, secret_key } }, rounds)
  } finally {
    await browser.close()
    await server.stop()
    await rm(directory, { recursive: true, force: true })
  }
}
