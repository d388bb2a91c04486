import { spawn } from 'node:child_process'
import type { Client } from './client.ts'
import { say } from './terminal.ts'

/** Programs that open a URL in the person's browser, by platform. */
const openers: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
}

/** A sign-in link and no more: a server's answer becomes an argument of a program. */
const linkPattern = /^https?:\/\/[A-Za-z0-9.:[\]_/~-]+\/#token=[A-Za-z0-9_-]{20,100}$/

/**
 * Prints a link that signs in to the console once, and opens it in the browser.
 * @param flags.print prints it alone
 * @throws Error when the server answers with something else than a link
 */
export async function openConsole(client: Client, flags: { print?: boolean }): Promise<void> {
  const { url } = await client.send<{ url: string }>('POST', '/console/links')
  if (!linkPattern.test(url)) throw new Error(`${client.endpoint} answered with no sign-in link`)
  say`${url}`
  if (flags.print) return
  if (!(await hasOpened(url))) say`No browser was opened: open the link yourself. It works once, within 10 minutes`
}

/** True once a program has taken the URL. */
function hasOpened(url: string): Promise<boolean> {
  const [program = 'xdg-open', ...args] = openers[process.platform] ?? []
  const child = spawn(program, [...args, url], { stdio: 'ignore', detached: true })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}
