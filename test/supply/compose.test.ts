import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { environmentName, parseConfig, serverOptions } from '../../src/config/config.ts'
import { dockerfilePath, readImage, repository } from './image.ts'

type Service = {
  image: string
  build?: { context: string; dockerfile: string }
  command?: string[]
  environment?: Record<string, string>
  env_file?: { path: string; required: boolean }[]
  ports?: string[]
  volumes?: string[]
  depends_on?: Record<string, { condition: string }>
  healthcheck?: { test?: string[]; disable?: boolean }
  restart: string
  read_only?: boolean
  cap_drop?: string[]
}
type Compose = { services: Record<string, Service>; volumes: Record<string, null> }

const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const { last } = readImage()
const variables = serverOptions.map(({ flag }) => environmentName(flag))
const { version } = JSON.parse(read('package.json'))

/** Names and values of an environment file. */
const example = Object.fromEntries(
  [...read('deploy/servers.env.example').matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
)

/** Values as somebody fills them in. */
const filledIn = { ...example, POSTGRES_PASSWORD: 'a1', CLICKHOUSE_PASSWORD: 'b2', FLUXPORT_MASTER_KEY: 'a2V5' }

/** As compose does it. @throws Error where a value is wanted that nobody gave */
const interpolate = (text: string, values: Record<string, string>) =>
  text.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name, kind, rest) => {
    const value = values[name] || (kind === '-' ? rest : '')
    if (value === '' && kind === '?') throw new Error(`${name} ${rest}`)
    return value
  })

const composeOf = (path: string, values: Record<string, string>) =>
  parse(interpolate(read(path), values), { merge: true }) as Compose

const files = { 'deploy/compose.yaml': {}, 'deploy/compose.servers.yaml': filledIn }

describe.each(Object.entries(files))('%s', (path, values) => {
  const { services, volumes } = composeOf(path, values)
  const ours = Object.values(services).filter(({ image }) => image.startsWith('fluxport:'))

  it('runs the image of this version, as the Dockerfile has it', () => {
    for (const { image } of ours) expect(image).toBe(`fluxport:${version}`)
    for (const { build } of ours.filter((service) => service.build)) {
      const context = join(repository, 'deploy', build?.context ?? '')
      expect(join(context, build?.dockerfile ?? '')).toBe(dockerfilePath)
    }
    const commands = execFileSync(process.execPath, [join(repository, 'dist/main.js'), '--help'], { encoding: 'utf8' })
    for (const { command = last.command } of ours) expect(commands).toMatch(new RegExp(`^ {2}${command[0]} `, 'm'))
  })

  it('sets variables that there are, to values that the server takes', () => {
    for (const { environment = {} } of ours) {
      expect(Object.keys(environment).filter((name) => !variables.includes(name))).toEqual([])
      const config = parseConfig({}, { ...last.environment, ...environment })
      for (const url of [config.clickhouseUrl, config.databaseUrl].filter((one) => one !== null))
        expect(Object.keys(services)).toContain(new URL(url).hostname)
    }
  })

  it('publishes the server’s port, on loopback alone', () => {
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]))
    expect(published).toEqual([['fluxport', `127.0.0.1:8080:${last.ports[0]}`]])
  })

  it('keeps what has to stay in volumes', () => {
    const mounted = Object.values(services).flatMap((service) => service.volumes ?? [])
    for (const name of mounted.map((mount) => mount.split(':')[0] ?? '')) expect(Object.keys(volumes)).toContain(name)
    expect(services['fluxport']?.volumes).toContain(`data:${last.environment['FLUXPORT_DATA_DIR']}`)
    for (const { environment = {}, volumes: own = [] } of ours) {
      const directory = environment['FLUXPORT_ARTIFACTS_DIR']
      if (directory === undefined) continue
      expect(own).toContain(`artifacts:${directory}`)
      expect(read('deploy/Dockerfile')).toMatch(new RegExp(`install -d .* ${directory}$`, 'm'))
    }
  })

  it('lets the server do little, starts everything again, and knows what is well', () => {
    for (const { read_only: isReadOnly, cap_drop: dropped } of ours)
      expect([isReadOnly, dropped]).toEqual([true, ['ALL']])
    for (const [name, { restart, healthcheck, command, image }] of Object.entries(services)) {
      expect([name, restart]).toEqual([name, 'unless-stopped'])
      const isChecked = healthcheck === undefined ? image.startsWith('fluxport:') : healthcheck.disable !== true
      expect([name, isChecked]).toEqual([name, command?.[0] !== 'worker'])
    }
  })

  it('names exact versions, and waits for what there is', () => {
    for (const { image, depends_on: needed = {} } of Object.values(services)) {
      expect(image).toMatch(/^[a-z/-]+:\d+\.\d+(\.\d+)*(-[a-z]+)?$/)
      for (const [name, { condition }] of Object.entries(needed))
        expect([Object.keys(services).includes(name), condition]).toEqual([true, 'service_healthy'])
    }
  })
})

describe('secrets of the servers', () => {
  const path = 'deploy/compose.servers.yaml'

  it.each(['POSTGRES_PASSWORD', 'CLICKHOUSE_PASSWORD', 'FLUXPORT_MASTER_KEY'])('%s is asked for', (name) => {
    expect(() => composeOf(path, { ...filledIn, [name]: '' })).toThrow(`${name} is missing`)
    expect(example[name]).toBe('')
  })

  it('are all named in the example, which has none', () => {
    const named = [...read(path).matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name)
    expect([...new Set(named)].sort()).toEqual(Object.keys(example).sort())
    expect(Object.entries(example).filter(([, value]) => value !== '')).toEqual([
      ['FLUXPORT_PUBLIC_URL', 'https://stats.example.com'],
    ])
  })

  it('stay out of git', () => {
    for (const file of ['deploy/servers.env', 'deploy/fluxport.env'])
      expect([file, spawnSync('git', ['check-ignore', '--quiet', file], { cwd: repository }).status]).toEqual([file, 0])
    expect(read('deploy/compose.yaml')).toContain('path: fluxport.env')
  })
})
