import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

/** A certificate that signs itself, and its key, in files of a directory. */
export function makeCertificate(directory: string, commonName: string): { cert: string; key: string } {
  const [cert, key] = [join(directory, `${commonName}.crt`), join(directory, `${commonName}.key`)]
  const asked = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  const made = spawnSync('openssl', [...asked, '-subj', `/CN=${commonName}`, '-keyout', key, '-out', cert], {
    encoding: 'utf8',
  })
  if (made.status !== 0) throw new Error(`openssl made no certificate: ${made.error ?? made.stderr}`)
  return { cert, key }
}
