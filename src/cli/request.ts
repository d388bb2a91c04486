import { readFile } from 'node:fs/promises'
import { text as textOf } from 'node:stream/consumers'
import { parseExactJson } from '../exact-json.ts'
import { type Client, ClientError } from './client.ts'
import { print, printAside, printJson } from './terminal.ts'

type RequestFlags = { body?: string; header?: string[] }

/**
 * Signs and sends one request. Its answer's body goes to standard output, status and request id to standard error.
 * @param flags.body the text itself, `@FILE`, or `-` for standard input
 * @returns true if the answer is no error
 * @throws ClientError for a path, a header or a file that cannot be used
 */
export async function sendRequest(client: Client, method: string, path: string, flags: RequestFlags): Promise<boolean> {
  if (!path.startsWith('/')) throw new ClientError(`PATH: ${path} does not begin with /`)
  const headers = Object.fromEntries((flags.header ?? []).map(headerOf))
  const body = flags.body === undefined ? undefined : await bodyOf(flags.body)
  const answer = await client.request(method.toUpperCase(), path, {
    headers,
    ...(body === undefined ? {} : { text: body }),
  })
  printAside(`HTTP ${answer.status} (request ${answer.headers['x-request-id'] ?? 'unknown'})`)
  printBody(answer.text)
  return answer.status < 400
}

function printBody(text: string): void {
  if (text === '') return
  try {
    printJson(parseExactJson(text))
  } catch {
    print(text.trimEnd())
  }
}

function headerOf(given: string): [string, string] {
  const at = given.indexOf(':')
  if (at < 1) throw new ClientError(`--header: ${given} is not NAME: VALUE`)
  return [given.slice(0, at).trim(), given.slice(at + 1).trim()]
}

async function bodyOf(given: string): Promise<string> {
  if (given === '-') return await textOf(process.stdin)
  if (!given.startsWith('@')) return given
  return await readFile(given.slice(1), 'utf8').catch(() => {
    throw new ClientError(`--body: ${given.slice(1)} cannot be read`)
  })
}
