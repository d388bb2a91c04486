import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { limitConnections } from './connections.ts'

/** A server that takes the text sent on a connection for the account that it proves; `operator` means an operator. */
async function startLimited(limits: { connectionsMax: number; connectionsPerAddressMax: number }) {
  const server = createServer()
  const connections = limitConnections(server, limits)
  server.on('connection', (socket: Socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (said) => {
      const name = String(said)
      socket.write(connections.prove(socket, name === 'operator' ? null : name) ? said : 'refused')
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

const prove = async (socket: Socket, accountId = 'x') => {
  socket.write(accountId)
  await once(socket, 'data')
}
/** For each socket, true if it is still open once the server has had time to act. */
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

it('where all have shown a secret, the oldest of the account with the most makes room, and no operator’s does', async () => {
  const open = await startLimited({ connectionsMax: 5, connectionsPerAddressMax: 100 })
  const proven: Socket[] = []
  for (const who of ['operator', 'operator', 'operator', 'greedy', 'greedy']) {
    const socket = await open()
    await prove(socket, who)
    proven.push(socket)
  }
  const late = await open('127.0.0.3')
  expect(await areOpen([...proven, late])).toEqual([true, true, true, false, true, true])
})

it('an account has its share of them: beyond it its own oldest is closed, and strangers have room', async () => {
  const open = await startLimited({ connectionsMax: 10, connectionsPerAddressMax: 100 })
  const stranger = await open('127.0.0.2')
  const greedy: Socket[] = []
  for (let n = 0; n < 12; n++) {
    const socket = await open()
    greedy.push(socket)
    await prove(socket, 'greedy')
  }
  const others = [await open(), await open()]
  for (const socket of others) await prove(socket, 'other')
  expect(await areOpen(greedy)).toEqual(greedy.map((_, n) => n >= 7))
  expect(await areOpen([stranger, ...others])).toEqual([true, true, true])
})

it('a connection counts for the account whose secret came last, as a proxy’s does', async () => {
  const open = await startLimited({ connectionsMax: 4, connectionsPerAddressMax: 100 })
  const proxy = [await open(), await open()]
  for (const account of ['first', 'second', 'third', 'first']) for (const socket of proxy) await prove(socket, account)
  expect(await areOpen(proxy)).toEqual([true, true])
})

it('a connection that ends makes room', async () => {
  const open = await startLimited({ connectionsMax: 2, connectionsPerAddressMax: 100 })
  const [proven, gone] = [await open(), await open()]
  await prove(proven)
  await prove(gone, 'y')
  gone.destroy()
  await delay(50)
  expect(await areOpen([proven, await open()])).toEqual([true, true])
})
