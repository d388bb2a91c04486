import { connect, type Socket } from 'node:net'
import { onTestFinished } from 'vitest'
import { firstAnswer } from './raw-socket.ts'

/** A connection on which a test says as much of a request as it likes. */
export type OpenConnection = {
  socket: Socket
  /** Whether the server has ended it. */
  isEnded(): boolean
  /** The next answer, once its body is whole. @throws Error when the connection ends before, or after ten seconds */
  answer(): Promise<ReturnType<typeof firstAnswer>>
  /** All that has come so far. */
  received(): string
}

/** Opens a connection and writes to it; closed when the test ends. */
export async function openConnection(endpoint: string, bytes: string | Buffer = ''): Promise<OpenConnection> {
  const { hostname, port } = new URL(endpoint)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  let [text, isEnded] = ['', false]
  socket.setEncoding('latin1')
  socket.on('data', (piece) => {
    text += piece
  })
  for (const event of ['end', 'close', 'error']) {
    socket.on(event, () => {
      isEnded = true
    })
  }
  await new Promise<void>((resolve) => {
    socket.once('connect', resolve).once('close', () => resolve())
  })
  socket.write(bytes)
  const answer = async () => {
    const untilMs = Date.now() + 10_000
    for (;;) {
      const found = wholeAnswer(text)
      if (found !== null) {
        text = text.slice(found.length)
        return found.answer
      }
      if (isEnded || Date.now() > untilMs)
        throw new Error(`no answer came; the connection ${isEnded ? 'ended' : 'waits'}: ${text}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  return { socket, isEnded: () => isEnded, answer, received: () => text }
}

function wholeAnswer(text: string) {
  const headEnd = text.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const answer = firstAnswer(text)
  const length = headEnd + 4 + Number(answer.headers['content-length'] ?? 0)
  return text.length < length ? null : { answer: { ...answer, body: text.slice(headEnd + 4, length) }, length }
}

/** A request's head, with its end. */
export const headText = (method: string, target: string, headers: Record<string, string>): string =>
  [`${method} ${target} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  )
