// Writes docs/openapi.json from a running server, whose document is made of the schemas that validate.
// With --check: fails when the committed document is another.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseConfig } from '../dist/config/config.js'
import { createLogger } from '../dist/logger.js'
import { startServer } from '../dist/server/serve.js'

const target = new URL('../docs/openapi.json', import.meta.url)
const directory = await mkdtemp(join(tmpdir(), 'fluxport-openapi-'))
try {
  const config = parseConfig({ dataDir: directory, port: '0', logLevel: 'silent', geo: 'off' }, {})
  const server = await startServer(config, createLogger('silent'))
  const document = await (await fetch(`${server.endpoint}/openapi.json`)).json()
  await server.stop()
  const text = `${JSON.stringify(document, null, 2)}\n`
  if (process.argv.includes('--check')) {
    if ((await readFile(target, 'utf8')) !== text) {
      console.error('docs/openapi.json is not what the server says: run npm run openapi')
      process.exitCode = 1
    }
  } else await writeFile(target, text)
} finally {
  await rm(directory, { recursive: true, force: true })
}
