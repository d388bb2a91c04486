import { connect } from 'node:net'

/** What came back on a bare connection until the server ended it; `ended` is false when it did not in time. */
export type Reply = { text: string; ended: boolean }

/**
 * Sends bytes to the letter, ends its own side, and listens until the server ends the other.
 * @param keepsOpen does not end its own side: the server must
 */
export function talk(endpoint: string, bytes: string | Buffer, options: { keepsOpen?: boolean } = {}): Promise<Reply> {
  const { hostname, port } = new URL(endpoint)
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    const pieces: Buffer[] = []
    const done = (ended: boolean) => {
      clearTimeout(patience)
      socket.destroy()
      resolve({ text: Buffer.concat(pieces).toString('latin1'), ended })
    }
    const patience = setTimeout(() => done(false), 5_000)
    socket.on('data', (piece) => pieces.push(piece))
    socket.on('end', () => done(true))
    socket.on('error', () => done(true))
    socket.write(bytes)
    if (!options.keepsOpen) socket.end()
  })
}

/** Status, headers by lower-case name, and body of the first answer in a reply. */
export function firstAnswer(text: string): { status: number; headers: Record<string, string>; body: string } {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const pairs = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
  })
  return { status: Number(first.split(' ')[1]), headers: Object.fromEntries(pairs), body: rest.join('\r\n\r\n') }
}
