import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { connect, type TLSSocket } from 'node:tls'
import type { ServerFile } from '../parts/data-files.ts'

const hostOf = (url: URL) => url.hostname.replace(/^\[(.*)\]$/, '$1')

/**
 * The file of the certificate that a server on this host was started with. It identifies the server at its address,
 * which certificates do not name. Null: the URL belongs to another server or has a host name, and the usual authorities
 * decide.
 */
export function ownCertificateOf(server: ServerFile | null, url: URL): string | null {
  if (!server?.tls_cert || !URL.canParse(server.endpoint) || isIP(hostOf(url)) === 0) return null
  return new URL(server.endpoint).origin === url.origin ? server.tls_cert : null
}

/**
 * Connects to a server that shows exactly the certificate of a file, by any issuer and for any name. Nothing is sent
 * before the check.
 * @throws Error when the file cannot be read, no server answers, or another certificate is shown
 */
export async function connectToOwn(url: URL, certificatePath: string): Promise<TLSSocket> {
  const own = new X509Certificate(await readFile(certificatePath))
  const socket = connect({ host: hostOf(url), port: Number(url.port || 443), rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  if (socket.getPeerX509Certificate()?.fingerprint256 === own.fingerprint256) return socket
  socket.destroy()
  throw new Error(`it shows another certificate than ${certificatePath}`)
}
