// Connections that promise a body and bring a byte of it a second, as a slow reader's or a hostile one's do.
import { connect } from 'node:net'

/** @returns how to let go of them */
export function hold(endpoint, token, count) {
  const { hostname, port } = new URL(endpoint)
  const sockets = new Set()
  const open = () => {
    const socket = connect(Number(port), hostname)
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
    const head = `POST /api/v1/log-batches HTTP/1.1\r\nHost: ${hostname}:${port}\r\nAuthorization: Bearer ${token}\r\n`
    socket.write(`${head}Content-Length: 1000000\r\n\r\n[`)
  }
  for (let n = 0; n < count; n++) open()
  const drip = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write('x')
    while (sockets.size < count) open() // the server cut one that stalled
  }, 1_000)
  return {
    end: () => {
      clearInterval(drip)
      for (const socket of sockets) socket.destroy()
    },
  }
}
