import { readFile, stat } from 'node:fs/promises'
import type { Server as HttpsServer } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { Settings } from '../config/settings.ts'
import { ConfigError } from '../errors.ts'
import type { Logger } from '../logger.ts'

/** Certificate, key and oldest version of a TLS server. */
type Certificates = { cert: string; key: string; minVersion: Settings['tlsMin'] }

/** Interval between two looks at the files. */
const lookMs = 5_000

/** The certificate and its key, read from their files; null: the server speaks plain HTTP. @throws ConfigError */
export async function readCertificates(settings: Settings): Promise<Certificates | null> {
  if (settings.tlsCert === null || settings.tlsKey === null) return null
  const read = (flag: string, path: string) =>
    readFile(path, 'utf8').catch((cause) => {
      throw new ConfigError(`--${flag}: ${path} cannot be read`, { cause })
    })
  const [cert, key] = [await read('tls-cert', settings.tlsCert), await read('tls-key', settings.tlsKey)]
  return { cert, key, minVersion: settings.tlsMin }
}

/**
 * Takes new certificates as their files change, and at SIGHUP: open connections keep the old ones. Files that do not fit
 * together are refused and logged, and the old certificates stay; they are looked at again when they change.
 * @returns what stops it
 */
export function followCertificates(server: HttpsServer, settings: Settings, log: Logger): () => void {
  let stamp = ''
  let busy = Promise.resolve()
  const take = async (isAsked: boolean) => {
    const seen = await stampOf([settings.tlsCert, settings.tlsKey])
    const isFirst = stamp === ''
    if (seen === stamp && !isAsked) return
    stamp = seen
    if (isFirst && !isAsked) return
    try {
      const certificates = await readCertificates(settings)
      if (certificates === null) return
      createSecureContext(certificates) // throws where certificate and key do not fit
      server.setSecureContext(certificates)
      log.info({}, 'tls.reloaded')
    } catch (error) {
      log.error({ err: error }, 'tls.reload_failed')
    }
  }
  const look = (isAsked: boolean) => {
    busy = busy.then(() => take(isAsked))
  }
  const onHangUp = () => look(true)
  look(false)
  const timer = setInterval(() => look(false), lookMs)
  timer.unref()
  process.on('SIGHUP', onHangUp)
  return () => {
    clearInterval(timer)
    process.off('SIGHUP', onHangUp)
  }
}

/** Changes with the files, also where a link is set to others. A missing file is none of a kind. */
async function stampOf(paths: (string | null)[]): Promise<string> {
  const stamps = paths.map(async (path) => {
    const found = await stat(path ?? '', { bigint: true }).catch(() => null)
    return found ? `${found.ino} ${found.size} ${found.mtimeNs}` : 'none'
  })
  return (await Promise.all(stamps)).join(', ')
}
