import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../harness/free-port.ts'

/** Empty, or why there is no Prometheus to run. */
export const withoutPrometheus =
  spawnSync('prometheus', ['--version']).status === 0
    ? ''
    : ' (skipped: there is no prometheus, Debian package prometheus)'

export type Series = { metric: Record<string, string>; value?: [number, string]; values?: [number, string][] }
export type Target = { labels: { job: string }; health: string; lastError: string }

export type Prometheus = {
  /** A question of now. @throws Error when Prometheus refuses it */
  query(expression: string): Promise<Series[]>
  /** A question of the last minutes, as a panel asks it. */
  queryRange(expression: string, minutes: number): Promise<Series[]>
  /** Names of the alerts that fire, each once, in order. */
  firing(): Promise<string[]>
  targets(): Promise<Target[]>
  stop(): Promise<void>
}

/** Starts Prometheus on a configuration; its files lie in the directory. */
export async function startPrometheus(directory: string, config: string): Promise<Prometheus> {
  const port = await freePort()
  await writeFile(join(directory, 'prometheus.yml'), config)
  const files = [`--config.file=${join(directory, 'prometheus.yml')}`, `--storage.tsdb.path=${join(directory, 'tsdb')}`]
  const args = [...files, `--web.listen-address=127.0.0.1:${port}`, '--log.level=warn']
  const child = spawn('prometheus', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (piece) => {
    said += piece
  })
  const isReady = () =>
    fetch(`http://127.0.0.1:${port}/-/ready`).then(
      ({ status }) => status === 200,
      () => false,
    )
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error(said)
    await delay(50)
  }
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill()
    await ended
  }
  return { ...questionsTo(`http://127.0.0.1:${port}/api/v1`), stop }
}

function questionsTo(api: string): Omit<Prometheus, 'stop'> {
  const ask = async <T>(path: string, parameters: Record<string, string> = {}): Promise<T> => {
    const got = await fetch(`${api}/${path}?${new URLSearchParams(parameters)}`)
    const answer = (await got.json()) as { data: T; error?: string }
    if (answer.error) throw new Error(answer.error)
    return answer.data
  }
  return {
    query: async (query) => (await ask<{ result: Series[] }>('query', { query })).result,
    queryRange: async (query, minutes) => {
      const end = Date.now() / 1000
      const range = { start: String(end - minutes * 60), end: String(end), step: '5' }
      return (await ask<{ result: Series[] }>('query_range', { query, ...range })).result
    },
    firing: async () => {
      const { alerts } = await ask<{ alerts: { state: string; labels: { alertname: string } }[] }>('alerts')
      const names = alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname)
      return [...new Set(names)].sort()
    },
    targets: async () => (await ask<{ activeTargets: Target[] }>('targets', { state: 'active' })).activeTargets,
  }
}
