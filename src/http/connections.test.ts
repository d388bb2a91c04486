import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { limitConnections } from './connections.ts'

/** A server that proves every connection on which something is said. */
async function startLimited(limits: { connectionsMax: number; connectionsPerAddressMax: number }) {
  const server = createServer()
  const connections = limitConnections(server, limits)
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (said) => {
      connections.prove(socket)
      socket.write(said)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return async (localAddress = '127.0.0.1') => {
    const socket = connect({ host: '127.0.0.1', port, localAddress })
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    await once(socket, 'connect')
    await delay(10)
    return socket
  }
}

const prove = async (socket: Socket) => {
  socket.write('x')
  await once(socket, 'data')
}
/** Which are still open, once the server has done what it does. */
const areOpen = async (sockets: Socket[]) => {
  for (const socket of sockets) socket.resume()
  await delay(100)
  return sockets.map((socket) => !socket.closed && !socket.destroyed)
}

it('a new connection of an address at its bound closes its oldest that has shown nothing', async () => {
  const open = await startLimited({ connectionsMax: 100, connectionsPerAddressMax: 2 })
  const [first, other] = [await open(), await open('127.0.0.2')]
  await prove(first)
  const [second, third, fourth] = [await open(), await open(), await open()]
  expect(await areOpen([first, second, third, fourth, other])).toEqual([true, false, true, true, true])
  await prove(fourth)
})

it('at the bound of all, the oldest that has shown nothing makes room, whoever’s it is', async () => {
  const open = await startLimited({ connectionsMax: 3, connectionsPerAddressMax: 100 })
  const proven = await open()
  await prove(proven)
  const idle = [await open('127.0.0.2'), await open('127.0.0.3')]
  const late = await open()
  expect(await areOpen([proven, ...idle, late])).toEqual([true, false, true, true])
})

it('where all have shown a secret, a new one is closed', async () => {
  const open = await startLimited({ connectionsMax: 2, connectionsPerAddressMax: 100 })
  const proven = [await open(), await open('127.0.0.2')]
  for (const socket of proven) await prove(socket)
  const late = await open('127.0.0.3')
  expect(await areOpen([...proven, late])).toEqual([true, true, false])
})

it('a connection that ends makes room', async () => {
  const open = await startLimited({ connectionsMax: 2, connectionsPerAddressMax: 100 })
  const [proven, gone] = [await open(), await open()]
  await prove(proven)
  await prove(gone)
  gone.destroy()
  await delay(50)
  expect(await areOpen([proven, await open()])).toEqual([true, true])
})
