import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { freePort } from '../harness/free-port.ts'
import { send } from '../harness/requests.ts'

/** A reverse proxy with the settings that operators are given. */
export type Proxy = {
  name: string
  /** Where it is installed; undefined: it is not. */
  program: string | undefined
  debianPackage: string
  /**
   * Writes the settings down, between two ports of the test.
   * @param directory for the proxy alone
   * @returns how the program is called
   */
  configure(directory: string, port: number, endpoint: string): Promise<string[]>
}

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8')

const installed = (names: string[], flag: string) =>
  names.find((name) => spawnSync(name, [flag], { stdio: 'ignore' }).status === 0)

/** Puts something else in the place of what stands there. @throws Error when it does not */
function instead(text: string, found: string, other: string): string {
  if (!text.includes(found)) throw new Error(`the settings have no ${found}`)
  return text.replace(found, other)
}

async function nginxBlock(port: number, endpoint: string): Promise<string> {
  const block = /```nginx\n([\s\S]*?)```/.exec(await read('docs/guide/operating.md'))?.[1]
  if (!block) throw new Error('docs/guide/operating.md has no settings for nginx')
  return instead(instead(block, 'listen 8443', `listen 127.0.0.1:${port}`), 'http://127.0.0.1:8080', endpoint)
}

const nginx: Proxy = {
  name: 'nginx, as docs/guide/operating.md has it',
  program: installed(['nginx', '/usr/sbin/nginx'], '-v'),
  debianPackage: 'nginx-light',
  configure: async (directory, port, endpoint) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${directory}/${kind};`,
    )
    const settings = `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off; pid ${directory}/nginx.pid; error_log ${directory}/error.log;
events { worker_connections 64; }
http { access_log off; ${temporary.join(' ')}
${await nginxBlock(port, endpoint)} }
`
    await mkdir(join(directory, 'logs'))
    await writeFile(join(directory, 'nginx.conf'), settings)
    return ['-p', directory, '-c', join(directory, 'nginx.conf')]
  },
}

const caddy: Proxy = {
  name: 'Caddy, as deploy/Caddyfile has it',
  program: installed(['caddy'], 'version'),
  debianPackage: 'caddy',
  configure: async (directory, port, endpoint) => {
    const site = instead(await read('deploy/Caddyfile'), '\nstats.example.com {', `\nhttp://127.0.0.1:${port} {`)
    const settings = `{\n\tadmin off\n}\n${instead(site, '127.0.0.1:8080', new URL(endpoint).host)}`
    await writeFile(join(directory, 'Caddyfile'), settings)
    return ['run', '--config', join(directory, 'Caddyfile'), '--adapter', 'caddyfile']
  },
}

export const proxies = [nginx, caddy]

/** Starts a proxy in front of a server, and waits until it answers. */
export async function startProxy(proxy: Proxy, directory: string, endpoint: string) {
  const port = await freePort()
  const args = await proxy.configure(directory, port, endpoint)
  const env = { ...process.env, HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory }
  const child = spawn(proxy.program as string, args, { stdio: ['ignore', 'ignore', 'pipe'], env })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    said += text
  })
  const ended = once(child, 'exit')
  const proxied = `http://127.0.0.1:${port}`
  await vi.waitFor(async () => {
    if (child.exitCode !== null) return
    expect((await send(proxied, { target: '/healthz' })).status).toBe(200)
  }, 30_000)
  if (child.exitCode !== null) throw new Error(`${proxy.name} ended: ${said}`)
  return {
    endpoint: proxied,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}
