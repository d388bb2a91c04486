import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request of an SDK, and the server's answer to it. */
export type Exchange = {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
  status: number
  requestId: string
  answer: string
}

/** Stands before the server, passes everything on as it is, and keeps what it saw. */
export type Recorder = { endpoint: string; exchanges: Exchange[]; stop(): Promise<void> }

export async function startRecorder(target: string): Promise<Recorder> {
  const exchanges: Exchange[] = []
  const { hostname, port } = new URL(target)
  const front = createServer(async (asked, answering) => {
    const body = await bytesOf(asked)
    const options = { hostname, port, method: asked.method, path: asked.url, headers: asked.rawHeaders, agent: false }
    const passed = request(options as object, async (answer) => {
      const bytes = await bytesOf(answer)
      exchanges.push({
        method: String(asked.method),
        path: String(asked.url),
        headers: asked.headers,
        body: body.toString(),
        status: answer.statusCode ?? 0,
        requestId: String(answer.headers['x-request-id']),
        answer: bytes.toString(),
      })
      answering.writeHead(answer.statusCode ?? 500, answer.rawHeaders)
      answering.end(bytes)
    })
    passed.on('error', () => answering.destroy())
    passed.end(body)
  })
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    exchanges,
    stop: () => {
      front.closeAllConnections()
      return new Promise((resolve) => front.close(() => resolve()))
    },
  }
}

async function bytesOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk)
  return Buffer.concat(chunks)
}
