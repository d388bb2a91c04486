import type { FastifyRequest } from 'fastify'

/** Does work for a request; its signal aborts when the client hangs up before the work is done. */
export async function whileConnected<T>(request: FastifyRequest, work: (gone: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController()
  const onClose = () => gone.abort(new Error('the client hung up'))
  const { socket } = request.raw
  // A kept-alive connection carries many requests, so the listener is removed after each.
  if (socket.destroyed) onClose()
  else socket.once('close', onClose)
  try {
    return await work(gone.signal)
  } finally {
    socket.off('close', onClose)
  }
}
