import type { IncomingMessage } from 'node:http'
import { AppError } from '../errors.ts'

/** The rest of a refused or unwanted body is read and dropped within these bounds; then its connection is cut. */
const drainBytesMax = 16 * 1024 ** 2
const drainMs = 10_000
const drainLookMs = 250

export type ReadOptions = {
  bytesMax: number
  /** The whole body must arrive within this time. */
  timeoutMs: number
  /** Takes each piece as it arrives; if it throws, reading ends. */
  onPiece(piece: Buffer): void
}

/**
 * Reads a body to its end, piece by piece.
 * @throws AppError APIGW.0201: 413 over `bytesMax`, 408 over `timeoutMs`, 400 when the client breaks off
 */
export function readPieces(raw: IncomingMessage, { bytesMax, timeoutMs, onPiece }: ReadOptions): Promise<void> {
  if (Number(raw.headers['content-length'] ?? 0) > bytesMax) return Promise.reject(tooLong(bytesMax))
  if (raw.destroyed) return Promise.reject(brokenOff())
  return new Promise((resolve, reject) => {
    let bytes = 0
    const settle = (error: unknown) => {
      clearTimeout(timer)
      raw.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose)
      // The rest is left unread until the answer is sent.
      if (error !== null) raw.pause().on('error', () => undefined)
      if (error === null) resolve()
      else reject(error)
    }
    const onData = (piece: Buffer) => {
      bytes += piece.length
      if (bytes > bytesMax) return settle(tooLong(bytesMax))
      try {
        onPiece(piece)
      } catch (error) {
        settle(error)
      }
    }
    const onEnd = () => settle(null)
    const onClose = () => settle(brokenOff())
    const timer = setTimeout(() => settle(tooSlow(timeoutMs)), timeoutMs)
    raw.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose)
  })
}

/**
 * Reads the rest of a body after its answer, and drops it: a client that still sends would not see the answer on a
 * connection that is cut. A rest beyond 16 MiB or 10 s ends the connection.
 */
export function drain(raw: IncomingMessage): void {
  const { socket } = raw
  if (raw.complete || socket.destroyed) return
  const [untilMs, bytesBefore] = [Date.now() + drainMs, socket.bytesRead]
  const look = setInterval(() => {
    const isOver = Date.now() > untilMs || socket.bytesRead - bytesBefore > drainBytesMax
    if (!raw.complete && !socket.destroyed && !isOver) return
    clearInterval(look)
    if (!raw.complete) socket.destroy()
  }, drainLookMs)
  raw.on('error', () => undefined)
  raw.resume()
}

const tooLong = (bytesMax: number) =>
  new AppError('APIGW.0201', `The body is longer than ${bytesMax} bytes`, { status: 413 })
const tooSlow = (timeoutMs: number) =>
  new AppError('APIGW.0201', `The body did not arrive within ${timeoutMs / 1000} seconds`, { status: 408 })
const brokenOff = () => new AppError('APIGW.0201', 'The body broke off')
