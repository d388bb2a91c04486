import { once } from 'node:events'
import { Agent, request as httpRequest } from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificate } from '../harness/certificates.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { type OpenConnection, openConnection } from '../harness/half-request.ts'
import { signHeaders } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const target = '/v1/cdn/statistics/export-tasks'
const limits = { connectionsPerAddressMax: '5' }

/** Asks on the one connection that the agent keeps; answers the status and the connection's own port. */
async function listOn(server: TestServer, agent: Agent) {
  const isTls = server.endpoint.startsWith('https')
  const url = new URL(server.endpoint + target)
  const options = { agent, headers: signHeaders(server, { target }), rejectUnauthorized: false }
  const request = (isTls ? httpsRequest : httpRequest)(url, options)
  request.end()
  const [response] = await once(request, 'response')
  const port = response.socket.localPort
  response.resume()
  await once(response, 'end')
  return { status: response.statusCode, port }
}

async function expectRoom(server: TestServer, agent: Agent) {
  onTestFinished(() => agent.destroy())
  const first = await listOn(server, agent)
  expect(first.status).toBe(200)
  const idle: OpenConnection[] = []
  for (let n = 0; n < 20; n++) idle.push(await openConnection(server.endpoint))
  await delay(200)
  expect(idle.map((one) => !one.isEnded())).toEqual([...Array(15).fill(false), ...Array(5).fill(true)])
  // The connection that has shown a key is still there, and so is room for another.
  expect(await listOn(server, agent)).toEqual(first)
}

it('idle connections of an address keep nobody out who has a key', async () => {
  const server = await startTestServer(limits)
  onTestFinished(server.stop)
  await expectRoom(server, new Agent({ keepAlive: true, maxSockets: 1 }))
  const other = new Agent()
  onTestFinished(() => other.destroy())
  expect((await listOn(server, other)).status).toBe(200)
})

it('nor with TLS', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const { cert, key } = makeCertificate(directory.path, 'edge')
  const server = await startTestServer({ ...limits, tlsCert: cert, tlsKey: key })
  onTestFinished(server.stop)
  await expectRoom(server, new TlsAgent({ keepAlive: true, maxSockets: 1 }))
})
