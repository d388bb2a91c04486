import type { Server, Socket } from 'node:net'
import { isWithinShare } from '../turns/shares.ts'
import { networkOf } from './refusals.ts'

/** Records which connections have shown a secret, and the secret's account. */
export type Connections = {
  /**
   * Records that a signature, a token or a signed link came on the connection. From now on the connection counts for
   * the account of the last secret, because a proxy's connection carries many accounts'. Beyond its share, the
   * account's oldest idle connection is closed.
   * @param accountId null: an operator, who has no limit
   * @returns false when every connection of the account's share has a request on it: do not answer this one
   */
  prove(socket: Socket, accountId: string | null): boolean
}

type Limits = { connectionsMax: number; connectionsPerAddressMax: number }
/** An open connection and its holder: a stranger (undefined), an operator (null) or an account. */
type Open = { name: string; socket: Socket; network: string; requests: number; holder: string | null | undefined }

/**
 * Bounds the connections of all clients, the unproven ones of each network, and the proven ones of each account. At a
 * bound an older connection is closed for the new one where one may be, so idle connections cannot keep anybody out.
 * All connections of a proxy come from one address; those reused for signed requests do not count for that address.
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
    // A new connection may have the same port before this event comes.
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

/** An account without a connection always finds room: the largest holder gives way for it, as for a stranger. */
function hasRoom({ accounts }: Book, accountId: string, max: number): boolean {
  const ofAccount = accounts.of(accountId).size
  return ofAccount === 0 || isWithinShare({ ofAccount, ofAll: accounts.size() }, 1, { max, perAccountMax: max })
}

/**
 * Closes a connection of the largest holder; all strangers count as one holder. An account loses its oldest idle
 * connection, strangers lose their oldest one.
 */
function makeRoom(book: Book): void {
  const largest = book.accounts.largest()
  const stranger = oldest(book.unproven)
  const isStrangers = stranger !== null && book.unproven.size >= largest.size
  const idle = oldestIdle(largest)
  book.close(isStrangers ? stranger : (idle ?? stranger))
}

type Some = ReadonlyMap<string, Open>
type Book = ReturnType<typeof openBook>

/** Open connections in order of arrival, and their holders. */
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
    /** Connections without a shown secret, by network. */
    strangers,
    /** Connections of accounts; operators' are left out. */
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
    /** @returns false when there is no connection to close */
    close: (open: Open | null): boolean => {
      if (open) leave(open)
      open?.socket.destroy()
      return open !== null
    },
  }
}

/** Connections grouped by a name. */
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

/** Counts requests in progress. A connection without one is idle, even when a part of a head has come. */
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

/** A TLS socket has the same name as the socket that carries it. */
const nameOf = ({ remoteAddress, remotePort, localAddress }: Socket) => `${remoteAddress} ${remotePort} ${localAddress}`
