import type { Server, Socket } from 'node:net'
import { isWithinShare } from '../turns/shares.ts'
import { networkOf } from './refusals.ts'

/** Which of the server's connections have shown a secret, and whose. */
export type Connections = {
  /**
   * A signature, a token or a signed link came on the connection. It counts for the account from now on, as the last that it
   * has shown says: a proxy's carry many accounts'. Beyond the account's share its oldest that no request is on is closed.
   * @param accountId null: an operator's, which has no limit
   * @returns false when the account has its share, and a request on each: this one is not to be answered
   */
  prove(socket: Socket, accountId: string | null): boolean
}

type Limits = { connectionsMax: number; connectionsPerAddressMax: number }
/** An open connection, and for whom it counts: a stranger (undefined), an operator (null) or an account. */
type Open = { name: string; socket: Socket; network: string; requests: number; holder: string | null | undefined }

/**
 * Bounds the connections of all clients, of one network those that have shown no secret, and of an account those that have
 * shown one of its. At a bound an idle connection is closed, not the new one refused: idle connections cannot keep anybody
 * out. Behind a proxy all come from one address; those that it uses again for signed requests are not counted for that.
 */
export function limitConnections(server: Server, limits: Limits, onRefused: () => void = () => undefined): Connections {
  const { connectionsMax, connectionsPerAddressMax } = limits
  const book = openBook()
  server.on('connection', (socket: Socket) => {
    const [name, network] = [nameOf(socket), networkOf(socket.remoteAddress ?? '')]
    const siblings = book.strangers.of(network)
    if (siblings.size >= connectionsPerAddressMax) book.close(oldest(siblings))
    if (book.all.size >= connectionsMax) makeRoom(book)
    if (book.all.size >= connectionsMax) {
      socket.destroy()
      return
    }
    const open: Open = { name, socket, network, requests: 0, holder: undefined }
    book.enter(open)
    // The port may have been taken anew before this is told.
    socket.once('close', () => book.all.get(name) === open && book.leave(open))
  })
  countRequests(server, (socket) => book.all.get(nameOf(socket)))
  return {
    prove: (socket, accountId) => {
      const open = book.all.get(nameOf(socket))
      if (!open || open.holder === accountId) return true
      if (accountId !== null && !hasRoom(book, accountId, connectionsMax)) {
        onRefused()
        if (!book.close(oldestIdle(book.accounts.of(accountId)))) return false
      }
      book.hand(open, accountId)
      return true
    },
  }
}

/** An account that has none finds room always: whoever has the most gives way for it, as for a stranger. */
function hasRoom({ accounts }: Book, accountId: string, max: number): boolean {
  const ofAccount = accounts.of(accountId).size
  return ofAccount === 0 || isWithinShare({ ofAccount, ofAll: accounts.size() }, 1, { max, perAccountMax: max })
}

/** Whoever has the most gives way; strangers together count as one. */
function makeRoom(book: Book): void {
  const largest = book.accounts.largest()
  const stranger = oldest(book.unproven)
  const isStrangers = stranger !== null && book.unproven.size >= largest.size
  const idle = oldestIdle(largest)
  book.close(isStrangers ? stranger : (idle ?? stranger))
}

type Some = ReadonlyMap<string, Open>
type Book = ReturnType<typeof openBook>

/** Open connections in the order they came in, and who holds which. */
function openBook() {
  const [all, unproven] = [new Map<string, Open>(), new Map<string, Open>()]
  const [strangers, accounts] = [createGroups(), createGroups()]
  const take = (open: Open) => {
    unproven.delete(open.name)
    strangers.remove(open.network, open)
    if (typeof open.holder === 'string') accounts.remove(open.holder, open)
  }
  const leave = (open: Open) => {
    take(open)
    all.delete(open.name)
  }
  return {
    all: all as Some,
    unproven: unproven as Some,
    /** Those that have shown nothing, by network. */
    strangers,
    /** Those of accounts, operators' left out. */
    accounts,
    enter: (open: Open) => {
      for (const some of [all, unproven]) some.set(open.name, open)
      strangers.add(open.network, open)
    },
    hand: (open: Open, holder: string | null) => {
      take(open)
      open.holder = holder
      if (holder !== null) accounts.add(holder, open)
    },
    leave,
    /** @returns false when there is none to be closed */
    close: (open: Open | null): boolean => {
      if (open) leave(open)
      open?.socket.destroy()
      return open !== null
    },
  }
}

/** Connections by what they have in common. */
function createGroups() {
  const groups = new Map<string, Map<string, Open>>()
  let size = 0
  return {
    size: () => size,
    of: (group: string): Some => groups.get(group) ?? none,
    add: (group: string, open: Open) => {
      groups.set(group, (groups.get(group) ?? new Map<string, Open>()).set(open.name, open))
      size += 1
    },
    remove: (group: string, open: Open) => {
      const found = groups.get(group)
      if (found?.delete(open.name)) size -= 1
      if (found?.size === 0) groups.delete(group)
    },
    largest: (): Some => [...groups.values()].reduce<Some>((most, one) => (one.size > most.size ? one : most), none),
  }
}
const none: Some = new Map()

const oldest = (some: Some): Open | null => some.values().next().value ?? null

function oldestIdle(some: Some): Open | null {
  for (const open of some.values()) if (open.requests === 0) return open
  return null
}

/** A connection is idle when no request is on it: one whose head has come in part is nobody's work yet. */
function countRequests(server: Server, find: (socket: Socket) => Open | undefined): void {
  server.on('request', ({ socket }: { socket: Socket }, response: NodeJS.EventEmitter) => {
    const open = find(socket)
    if (!open) return
    open.requests += 1
    response.once('close', () => {
      open.requests -= 1
    })
  })
}

/** A TLS socket counts as the socket that carries it. */
const nameOf = ({ remoteAddress, remotePort, localAddress }: Socket) => `${remoteAddress} ${remotePort} ${localAddress}`
