// A server of the built program in a process of its own, and a signed client for it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { openClient } from '../dist/cli/client.js'
import { readCredentials } from '../dist/parts/data-files.js'
import { readEngineAccess } from '../dist/ports/warehouse/engine/engine-access.js'

export const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

// Machines that build and try things often have no other user; what is started here is gone again soon.
process.env.FLUXPORT_ALLOW_ROOT ??= 'yes'

/** A bench asks more often than people, and its tasks are old. */
const unlimited = ['--requests-per-second', '1000000', '--file-lifetime-seconds', '3153600000']

/** Starts `fluxport serve` on a directory; answers once it listens. */
export async function startServer(dataDir, flags = []) {
  const args = [main, 'serve', '--data-dir', dataDir, '--port', '0', '--log-level', 'info', ...unlimited, ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let enginePort = 0
  createInterface({ input: child.stderr }).on('line', (line) => {
    const { msg, port } = parse(line)
    if (msg === 'engine.started') enginePort = port
  })
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('listens at')) break
  const client = await openClient({ dataDir }, {})
  return {
    processId: child.pid,
    client,
    credentials: await readCredentials(dataDir),
    /** Runs a statement on the engine itself: the floor that we are compared with. */
    engine: async (sql) => (await engineQuery(enginePort, dataDir, sql)).text(),
    /** The same; the engine's bytes go to a file. */
    engineFile: async (sql, target) => {
      const { body } = await engineQuery(enginePort, dataDir, sql)
      await pipeline(body, createWriteStream(target))
    },
    stop: async () => {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

const parse = (line) => {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

async function engineQuery(port, dataDir, sql) {
  const access = await readEngineAccess(join(dataDir, 'engine'))
  // Not compressed: fetch asks for that unless told otherwise.
  const headers = {
    ...access.headers,
    'X-ClickHouse-User': access.user,
    'X-ClickHouse-Key': access.password,
    'Accept-Encoding': 'identity',
  }
  const url = `http://127.0.0.1:${port}/?wait_end_of_query=1&max_execution_time=600`
  const answer = await fetch(url, { method: 'POST', headers, body: sql })
  if (!answer.ok) throw new Error(await answer.text())
  return answer
}

/** Creates a task and waits for its end. */
export async function exportTask(client, request) {
  const startedAtMs = Date.now()
  const { task_id: id } = await client.send('POST', '/v1/cdn/statistics/export-tasks', request)
  for (;;) {
    const task = await client.get(`/api/v1/export-tasks/${id}`)
    if (task.state === 'success') return task
    if (task.state === 'fail') throw new Error(JSON.stringify(task.error))
    // Looking costs the server time, too: often at first, for the short ones, then seldom.
    await delay(Date.now() - startedAtMs < 1_000 ? 10 : 100)
  }
}

/** Runs a command to its end. @throws Error when it fails */
export async function command(file, args) {
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (piece) => {
    said += piece
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${file} ended with ${code}: ${said.slice(-500)}`)
}
