import { once } from 'node:events'
import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { expect, it, onTestFinished } from 'vitest'
import { makeCertificate } from '../harness/certificates.ts'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestServer } from '../harness/server.ts'

/** A server of HTTPS whose files of certificate and key a test changes. */
async function startTlsServer(flags: Record<string, string> = {}) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const [first, second] = [makeCertificate(directory.path, 'first'), makeCertificate(directory.path, 'second')]
  const files = { cert: join(directory.path, 'in-use.crt'), key: join(directory.path, 'in-use.key') }
  const put = async ({ cert, key }: typeof files) => {
    await copyFile(cert, files.cert)
    await copyFile(key, files.key)
  }
  await put(first)
  const server = await startTestServer({ ...flags, tlsCert: files.cert, tlsKey: files.key })
  onTestFinished(server.stop)
  const port = Number(new URL(server.endpoint).port)
  const open = async (options: ConnectionOptions = {}): Promise<TLSSocket> => {
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
    onTestFinished(() => void socket.destroy())
    await once(socket, 'secureConnect')
    return socket
  }
  /** Whose certificate a new connection gets. */
  const nameNow = async () => {
    const socket = await open()
    const { CN } = socket.getPeerCertificate().subject
    socket.destroy()
    return CN
  }
  const becomes = async (name: string) => {
    for (let n = 0; n < 100 && (await nameNow()) !== name; n++) await delay(100)
    expect(await nameNow()).toBe(name)
  }
  return { dataDir: server.dataDir, files, first, second, put, open, nameNow, becomes }
}

const ask = async (socket: TLSSocket): Promise<string> => {
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')
  const [answer] = await once(socket, 'data')
  return String(answer)
}

/** OpenSSL itself refuses the old versions unless it is told. */
const old = { ciphers: 'DEFAULT@SECLEVEL=0' }

it('speaks TLS 1.2 and later, and tells browsers to come by TLS alone', async () => {
  const { open } = await startTlsServer()
  const socket = await open({ maxVersion: 'TLSv1.2' })
  expect(await ask(socket)).toMatch(/^HTTP\/1\.1 200 [\s\S]*strict-transport-security: max-age=31536000\r\n/i)
  expect((await open()).getProtocol()).toBe('TLSv1.3')
  for (const version of ['TLSv1', 'TLSv1.1'] as const) {
    await expect(open({ ...old, minVersion: version, maxVersion: version })).rejects.toThrow(/protocol version/)
  }
})

it('speaks TLS 1.3 alone where it is told to, also after its certificate has changed', async () => {
  const { open, put, second, becomes } = await startTlsServer({ tlsMin: '1.3' })
  await expect(open({ maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/)
  await put(second)
  await becomes('second')
  await expect(open({ maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/)
})

it('takes new certificates at SIGHUP and as their files change; open connections go on', async () => {
  const { files, first, second, put, open, nameNow, becomes } = await startTlsServer()
  const kept = await open()
  await put(second)
  process.kill(process.pid, 'SIGHUP')
  await becomes('second')
  expect(await ask(kept)).toMatch(/^HTTP\/1\.1 200 /)
  await put(first)
  await becomes('first')

  // A certificate without its key, and no certificate at all: the old ones stay until both fit.
  await copyFile(second.cert, files.cert)
  process.kill(process.pid, 'SIGHUP')
  await delay(500)
  expect(await nameNow()).toBe('first')
  await writeFile(files.cert, 'no certificate')
  process.kill(process.pid, 'SIGHUP')
  await delay(500)
  expect(await nameNow()).toBe('first')
  await put(second)
  await becomes('second')
  expect(await ask(kept)).toMatch(/^HTTP\/1\.1 200 /)
})

it('is known to commands on its host by its own certificate, and by no other', async () => {
  const { dataDir, second } = await startTlsServer()
  expect(await runCommand(dataDir, 'accounts')).toMatchObject({ code: 0, out: expect.stringContaining('default') })
  const doctor = await runCommand(dataDir, 'doctor', '--deep')
  expect(doctor.out).toMatch(/^ok {4}server +answers at https:.*^ok {4}consistency /ms)
  // Not where the file is another than the server shows, nor at another address, nor by a name.
  const serverFile = JSON.parse(await readFile(join(dataDir, 'server.json'), 'utf8')) as { endpoint: string }
  const byName = serverFile.endpoint.replace('127.0.0.1', 'localhost')
  const named = await runCommand(dataDir, 'accounts', '--endpoint', byName)
  expect([named.code, named.err]).toEqual([1, expect.stringMatching(/--endpoint https:\/\/NAME.*NODE_EXTRA_CA_CERTS/)])
  await writeFile(join(dataDir, 'server.json'), JSON.stringify({ ...serverFile, tls_cert: second.cert }))
  const other = await runCommand(dataDir, 'accounts')
  expect([other.code, other.err]).toEqual([1, expect.stringMatching(/shows another certificate than .*second\.crt/)])
})
