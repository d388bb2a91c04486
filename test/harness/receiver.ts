import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'

/** A post as it came. */
export type Received = { path: string; headers: IncomingHttpHeaders; body: string; at: number }

export type Receiver = {
  /** Its address and port; the path is the test's. */
  url: string
  /** Posts so far to a path. */
  posts(path: string): Received[]
  stop(): Promise<void>
}

/**
 * An address of this machine that is not loopback, where no webhook goes; null: it has none. Link-local ones of IPv6 need a
 * zone, which no URL has.
 */
export const ownAddress: string | null =
  Object.values(networkInterfaces())
    .flat()
    .find((one) => one !== undefined && !one.internal && one.family === 'IPv4')?.address ?? null

/** Why a test of webhooks is skipped, as the end of its name. */
export const withoutOwnAddress = '(needs an address of this machine that is not loopback)'

/**
 * An HTTP server on this machine that webhooks are posted to.
 * @param answers by path, given the number of the post to it, from 1; without one it is 204
 * @param host the address that it listens at
 */
export async function startReceiver(
  answers: Record<string, (response: ServerResponse, n: number) => void> = {},
  host = ownAddress ?? '127.0.0.1',
): Promise<Receiver> {
  const received: Received[] = []
  const posts = (path: string) => received.filter((one) => one.path === path)
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const path = request.url ?? ''
      const body = Buffer.concat(pieces).toString('utf8')
      received.push({ path, headers: request.headers, body, at: Date.now() })
      const answer = answers[path]
      if (answer) answer(response, posts(path).length)
      else response.writeHead(204).end()
    })
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    posts,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
