import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EngineHost } from '../../src/ports/warehouse/engine/engine-host.ts'

/** An engine host as a ClickHouse server that anybody asks by URL, user and password. */
export type EngineFront = {
  /** As `--clickhouse-url` takes it. */
  url(database: string): string
  stop(): Promise<void>
}

/** Values of a statement beside a log stand in its URL, of which a server takes 1 MiB. */
const maxHeaderSize = 2 * 1024 ** 2

/** Passes requests on with the header that the engine host asks for; a server by URL has no such thing. */
export async function startEngineFront(host: EngineHost): Promise<EngineFront> {
  const front = createServer({ maxHeaderSize }, (incoming, answer) => {
    const headers = { ...incoming.headers, ...host.headers }
    const onward = request(new URL(incoming.url ?? '/', host.url), { method: incoming.method, headers })
    onward.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
      response.on('error', () => answer.destroy())
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    incoming.pipe(onward)
  })
  front.listen(0, '127.0.0.1')
  await once(front, 'listening')
  const { port } = front.address() as AddressInfo
  return {
    url: (database) => `http://${host.user}:${host.password}@127.0.0.1:${port}/${database}`,
    stop: async () => {
      const closed = once(front, 'close')
      front.close()
      front.closeAllConnections()
      await closed
    },
  }
}
