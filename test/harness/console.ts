import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { expect } from 'vitest'
import { temporaryDirectory } from './directory.ts'
import { type Got, type Json, type Sent, send } from './requests.ts'
import type { Key, TestServer } from './server.ts'

/** Texts of a console's build that is none: a page, and a script with the hash of another. */
export const fakePage =
  '<!doctype html><title>console</title><script type="module" src="/assets/app-1a2b3c4d.js"></script>'
export const fakeScript = `export const words = '${'console '.repeat(200)}'\n`

/** Makes a build's directory in a directory of its own, each file with its two compressed forms. */
export async function fakeConsole(): Promise<{ path: string; remove(): Promise<void> }> {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'console')
  await mkdir(join(path, 'assets'), { recursive: true })
  await writeFile(join(directory.path, 'secret.txt'), 'beside the build')
  await writeFile(join(path, 'unlisted.txt'), 'at the top of the build')
  for (const [name, text] of [
    ['index.html', fakePage],
    ['assets/app-1a2b3c4d.js', fakeScript],
    ['assets/app-1a2b3c4d.css', 'body { margin: 0 }'],
  ] as const) {
    await writeFile(join(path, name), text)
    await writeFile(join(path, `${name}.br`), brotliCompressSync(text))
    await writeFile(join(path, `${name}.gz`), gzipSync(text))
  }
  return { path, remove: directory.remove }
}

/** The header by which the page tells itself from other sites. */
export const ofPage = { 'X-Fluxport-Console': '1' }

/** A request as the page sends it. */
export const sendAsPage = (server: TestServer, cookie: string, sent: Sent): Promise<Got> =>
  send(server.endpoint, { ...sent, headers: { Cookie: cookie, ...ofPage, ...sent.headers } })

export const signIn = (server: TestServer, body: Json, headers: Record<string, string> = ofPage): Promise<Got> =>
  send(server.endpoint, { method: 'POST', target: '/console/session', headers, body: JSON.stringify(body) })

/** The cookie that an answer sets, as a browser sends it back. */
export const cookieOf = (got: Got): string => String(got.headers['set-cookie']?.[0]).split(';', 1).join('')

/** Signs in, and answers the cookie. */
export async function signedIn(server: TestServer, { access_key, secret_key }: Key): Promise<string> {
  const got = await signIn(server, { access_key, secret_key })
  expect(got.status, got.text).toBe(200)
  return cookieOf(got)
}
