import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Client, openClient } from '../../src/cli/client.ts'
import { openClickHouse } from '../../src/ports/warehouse/clickhouse.ts'
import { readEngineAccess } from '../../src/ports/warehouse/engine/engine-access.ts'
import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

/** `fluxport serve` from the build, in a process of its own: one that can be killed. */
export type Served = {
  client: Client
  warehouse: Warehouse
  processId: number
  /** Loads a file of this machine; answers the batch. */
  load(path: string): Promise<{ batch_id: number; state: string; requests: number }>
  /** Ends the process at once, as a power cut would, and waits until it is gone. */
  kill(): Promise<void>
}

/** Many requests may be made, and no geographic data are waited for. */
const quick = ['--requests-per-second', '100000', '--geo', 'off']

/** @param flags more of them, as on the command line */
export async function serve(dataDir: string, ...flags: string[]): Promise<Served> {
  const args = [main, 'serve', '--data-dir', dataDir, '--port', '0', ...quick, ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let port = 0
  let said = ''
  createInterface({ input: child.stderr }).on('line', (line) => {
    said = line
    const event = /"port":(\d+).*"msg":"engine\.started"/.exec(line)
    if (event) port = Number(event[1])
  })
  const listening = (async () => {
    for await (const line of createInterface({ input: child.stdout })) if (line.includes(' listens at ')) return true
    return false
  })()
  if (!(await listening)) throw new Error(`the server did not start: ${said}`)
  child.stdout.resume()
  const client = await openClient({ dataDir }, {})
  const access = await readEngineAccess(join(dataDir, 'engine'))
  const url = `http://127.0.0.1:${port}`
  const warehouse = openClickHouse({ ...access, url, database: 'default', readsLocalFiles: false })
  return {
    client,
    warehouse,
    processId: child.pid ?? 0,
    load: (path) =>
      client.send(
        'POST',
        '/api/v1/log-batches/local-file',
        { path },
        {
          'X-Fluxport-Local-Token': client.localToken ?? '',
        },
      ),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
      await warehouse.close()
    },
  }
}
