import type { Server, Socket } from 'node:net'
import { networkOf } from './refusals.ts'

/** Which of the server's connections have shown a secret. */
export type Connections = {
  /** A signature, a token or a signed link came on the connection: it is not closed for another any more. */
  prove(socket: Socket): void
}

/**
 * Bounds the connections of all clients, and of one network those that have shown no secret. At a bound the oldest
 * connection without one is closed, not the new one refused: idle connections cannot keep anybody out. Behind a proxy all
 * come from one address; those that it uses again for signed requests are not counted.
 */
export function limitConnections(
  server: Server,
  limits: { connectionsMax: number; connectionsPerAddressMax: number },
): Connections {
  const all = new Set<string>()
  /** In the order they came in. */
  const unproven = new Map<string, { socket: Socket; network: string }>()
  const byNetwork = new Map<string, Map<string, Socket>>()

  const forget = (name: string) => {
    const found = unproven.get(name)
    if (!found) return
    unproven.delete(name)
    const siblings = byNetwork.get(found.network)
    siblings?.delete(name)
    if (siblings?.size === 0) byNetwork.delete(found.network)
  }
  const closeOldest = (sockets: Iterable<[string, Socket | { socket: Socket }]>) => {
    for (const [name, one] of sockets) {
      forget(name)
      all.delete(name)
      ;('socket' in one ? one.socket : one).destroy()
      return
    }
  }
  server.on('connection', (socket: Socket) => {
    const [name, network] = [nameOf(socket), networkOf(socket.remoteAddress ?? '')]
    const siblings = byNetwork.get(network) ?? new Map<string, Socket>()
    if (siblings.size >= limits.connectionsPerAddressMax) closeOldest(siblings)
    if (all.size >= limits.connectionsMax) closeOldest(unproven)
    if (all.size >= limits.connectionsMax) {
      socket.destroy()
      return
    }
    all.add(name)
    unproven.set(name, { socket, network })
    byNetwork.set(network, siblings.set(name, socket))
    socket.once('close', () => {
      // The port may have been taken anew before this is told.
      if (unproven.get(name)?.socket === socket) forget(name)
      all.delete(name)
    })
  })
  return { prove: (socket) => forget(nameOf(socket)) }
}

/** The same of a TLS socket as of the one that carries it. */
const nameOf = ({ remoteAddress, remotePort, localAddress }: Socket) => `${remoteAddress} ${remotePort} ${localAddress}`
