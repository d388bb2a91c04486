import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A post as it came. */
export type Received = { path: string; headers: IncomingHttpHeaders; body: string; at: number }

export type Receiver = {
  /** `http://127.0.0.1:…`; the path is the test's. */
  url: string
  /** Posts so far to a path. */
  posts(path: string): Received[]
  stop(): Promise<void>
}

/**
 * An HTTP server on loopback that webhooks are posted to.
 * @param answers by path, given the number of the post to it, from 1; without one it is 204
 */
export async function startReceiver(
  answers: Record<string, (response: ServerResponse, n: number) => void> = {},
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
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posts,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
