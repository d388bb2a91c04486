import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import type { Key, TestServer } from '../harness/server.ts'

/** Debian's package; another browser by the environment. */
const executablePath = process.env['FLUXPORT_TEST_BROWSER'] ?? '/usr/bin/chromium'
export const hasBrowser = existsSync(executablePath)
/** For the name of what is skipped. */
export const withoutBrowser = hasBrowser ? '' : ' (skipped: there is no chromium)'

export type Look = { language: 'en' | 'zh'; theme: 'light' | 'dark'; width: number }
const usual: Look = { language: 'en', theme: 'light', width: 1280 }
const heightPx = 900
/** A busy machine takes this long for a page. */
const settleMs = 60_000

/** A page of a person, and everything that went wrong on it. */
export type Person = {
  page: Page
  context: BrowserContext
  /** Errors of scripts, refused resources, and requests to another origin. */
  problems: string[]
  /** Opens an address of the console. */
  open(path: string): Promise<void>
  close(): Promise<void>
}

/** A browser and a server for the tests of a file: both are there before the first, and end after the last. */
export function withBrowser<S extends { stop(): Promise<void> }>(
  start: () => Promise<S>,
): { browser: Browser; subject: S } {
  const parts = {} as { browser: Browser; subject: S }
  beforeAll(async () => {
    parts.subject = await start()
    parts.browser = await startBrowser()
  })
  afterAll(async () => {
    await parts.browser?.close()
    await parts.subject?.stop()
  })
  return parts
}

const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] })

/** A browser of one person, with its own cookies; not signed in. */
export async function newPerson(browser: Browser, server: TestServer, look: Partial<Look> = {}): Promise<Person> {
  const { language, theme, width } = { ...usual, ...look }
  const context = await browser.newContext({ viewport: { width, height: heightPx }, acceptDownloads: true })
  await context.addInitScript(
    `localStorage.setItem('fluxport.theme', '${theme}'); localStorage.setItem('fluxport.language', '${language}')`,
  )
  const page = await context.newPage()
  const problems: string[] = []
  page.on('pageerror', (error) => problems.push(error.message))
  page.on('request', (request) => {
    if (!request.url().startsWith(server.endpoint) && !/^(data|blob):/.test(request.url()))
      problems.push(`asks ${request.url()}`)
  })
  page.on('console', (message) => {
    // An answer of 4xx is one, too; tests of refusals look at the page for them.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      problems.push(message.text())
  })
  return {
    ...{ page, context, problems },
    open: async (path) => {
      await page.goto(new URL(path, server.endpoint).href)
    },
    close: () => context.close(),
  }
}

/** Signs a person in by a key, without the form. */
export async function signIn({ context }: Person, server: TestServer, key: Key = server.credentials): Promise<void> {
  const response = await context.request.post(`${server.endpoint}/console/session`, {
    data: { access_key: key.access_key, secret_key: key.secret_key },
    headers: { 'X-Fluxport-Console': '1' },
  })
  if (!response.ok()) throw new Error(await response.text())
}

/** Waits until every figure of the page is there. */
export async function settled({ page }: Person): Promise<void> {
  await page.locator('main h1').waitFor()
  await expect.poll(() => page.locator('.awaited, .stale').count(), { timeout: settleMs }).toBe(0)
}

/** Keeps a picture for those who look at it; without FLUXPORT_SCREENSHOTS there is none. */
export async function picture({ page }: Person, name: string): Promise<void> {
  const directory = process.env['FLUXPORT_SCREENSHOTS']
  if (!directory) return
  await mkdir(directory, { recursive: true })
  await page.screenshot({ path: join(directory, `${name}.png`), fullPage: true })
}
