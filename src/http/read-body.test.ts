import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { AppError } from '../errors.ts'
import { type ReadOptions, readPieces } from './read-body.ts'

/** Reads the body of one request of which a client sends only `sent`; returns the outcome. */
async function readOf(sent: string, options: Partial<ReadOptions>, endsHalfWay = false) {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  client.on('error', () => undefined)
  onTestFinished(() => void client.destroy())
  client.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n${sent}`)
  const [raw] = (await once(server, 'request')) as [IncomingMessage]
  let text = ''
  const onPiece = (piece: Buffer) => {
    text += piece
  }
  const read = readPieces(raw, { bytesMax: 100, timeoutMs: 10_000, onPiece, ...options })
  if (endsHalfWay) client.destroy()
  const failure = await read.then(
    () => null,
    (error: unknown) => error,
  )
  return { text, failure: failure instanceof AppError ? [failure.code, failure.status] : failure }
}

it('reads a body to its end', async () => {
  expect(await readOf('0123456789', {})).toEqual({ text: '0123456789', failure: null })
})

it('a body that does not arrive in its time is cut with 408', async () => {
  expect(await readOf('012', { timeoutMs: 50 })).toEqual({ text: '012', failure: ['APIGW.0201', 408] })
})

it('a body that says it is too long is not begun', async () => {
  expect(await readOf('', { bytesMax: 9 })).toEqual({ text: '', failure: ['APIGW.0201', 413] })
})

it('a client that goes away half way is no failure of the server', async () => {
  expect((await readOf('012', {}, true)).failure).toEqual(['APIGW.0201', 400])
})

it('what the reader throws ends the reading', async () => {
  const full = new AppError('FLUXPORT.0003')
  const onPiece = () => {
    throw full
  }
  expect((await readOf('012', { onPiece })).failure).toEqual(['FLUXPORT.0003', 503])
})
