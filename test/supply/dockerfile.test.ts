import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { environmentName, parseConfig, serverOptions } from '../../src/config/config.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { dockerfilePath, readImage, replayCopies, repository } from './image.ts'

const run = promisify(execFile)
const image = readImage()
const { last } = image
const read = (path: string) => readFileSync(join(repository, path), 'utf8')
const variables = serverOptions.map(({ flag }) => environmentName(flag))

describe('deploy/Dockerfile', () => {
  it('copies what git has and .dockerignore lets through, file by file', () => {
    const sources = image.copies.filter(({ stage }) => stage === null).flatMap(({ sources }) => sources)
    expect(sources.length).toBeGreaterThan(5)
    const kept = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
    for (const source of sources) {
      expect([source, execFileSync('git', ['ls-files', source], { cwd: repository, encoding: 'utf8' })]).not.toEqual([
        source,
        '',
      ])
      expect(kept).toContain(`!${source.split('/')[0]}`)
    }
    expect(read('.dockerignore').split('\n')).toContain('*')
  })

  it('copies each module that its scripts import', () => {
    const scripts = image.copies.flatMap(({ sources }) => sources).filter((source) => source.endsWith('.mjs'))
    const imported = scripts.flatMap((script) =>
      [...read(script).matchAll(/from '\.\/([^']+)'/g)].map(([, name]) => `scripts/${name}`),
    )
    expect(imported.length).toBeGreaterThan(0)
    expect(scripts).toEqual(expect.arrayContaining(imported))
  })

  it('is on a Node that the tests know', () => {
    const known = Object.keys(JSON.parse(read('test/nodes/nodes.json')))
    const node = /^node:(\d+\.\d+\.\d+)-bookworm(-slim)?$/
    expect(image.bases.map((base) => known.includes(node.exec(base)?.[1] ?? base))).toEqual([true, true])
  })

  it('sets variables that there are, and no secret', () => {
    const names = Object.keys(last.environment).filter((name) => name.startsWith('FLUXPORT_'))
    expect(names.filter((name) => !variables.includes(name))).toEqual([])
    const config = parseConfig({}, last.environment)
    expect(last.ports).toEqual([String(config.port)])
    expect(last.volumes).toEqual([config.dataDir])
    expect(config.host).toBe('0.0.0.0')
    expect(read('deploy/Dockerfile')).not.toMatch(/^(ARG|ENV)\b.*(SECRET|PASSWORD|TOKEN|_KEY)/im)
  })

  it('runs as another than root', () => {
    expect(last.user).toMatch(/^[1-9]\d*:[1-9]\d*$/)
    expect(read('deploy/Dockerfile')).toContain(`install -d -o 1000 -g 1000 -m 0700 ${last.volumes[0]}`)
    expect(last.user).toBe('1000:1000')
  })

  const hadolint = spawnSync('hadolint', ['--version']).status === 0
  it.skipIf(!hadolint)(`has nothing that hadolint finds${hadolint ? '' : ' (skipped: there is no hadolint)'}`, () => {
    expect(spawnSync('hadolint', [dockerfilePath], { encoding: 'utf8' })).toMatchObject({ status: 0, stdout: '' })
  })
})

/** The program that the container runs: the link of the image leads to it. */
async function builtImage() {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const program = join(directory.path, 'image')
  await replayCopies(last.copies, program)
  const linked = /ln -s (\S+) \/usr\/local\/bin\/(\w+)/.exec(read('deploy/Dockerfile'))
  expect(linked?.[2]).toBe(last.entrypoint[0])
  const main = join(program, (linked?.[1] ?? '').replace(`${last.directory}/`, ''))
  const environment = {
    ...last.environment,
    PATH: process.env['PATH'],
    FLUXPORT_ALLOW_ROOT: 'yes',
    FLUXPORT_DATA_DIR: join(directory.path, 'data'),
    FLUXPORT_PORT: '0',
  }
  return { main, environment }
}

describe('what the last stage copies', () => {
  it('is enough to serve, to be found well, and to stop in time', async () => {
    const { main, environment } = await builtImage()
    expect(existsSync(main)).toBe(true)
    const { version } = JSON.parse(read('package.json'))
    const said = execFileSync(process.execPath, [main, '--version'], { env: environment, encoding: 'utf8' })
    expect(said.trim().split(' ')[0]).toBe(version)
    const server = spawn(process.execPath, [main, ...last.command], {
      env: environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void server.kill('SIGKILL'))
    const ended = once(server, 'exit')
    const port = await new Promise<string>((resolve, reject) => {
      createInterface({ input: server.stdout }).on('line', (line) => {
        const found = / listens at http:\/\/[^\s:]+:(\d+)/.exec(line)?.[1]
        if (found) resolve(found)
      })
      void ended.then(([code]) => reject(new Error(`the server ended with ${code}`)))
    })
    const [node, ...check] = last.healthcheck
    expect(node).toBe('node')
    const health = () => spawnSync(process.execPath, check, { env: { ...environment, FLUXPORT_PORT: port } }).status
    expect(health()).toBe(0)
    // The geographic data are of the image: without them no client has a place.
    const fluxport = async (...words: string[]) =>
      (await run(process.execPath, [main, ...words], { env: environment })).stdout
    await expect.poll(() => fluxport('geo', 'status'), { timeout: 60_000, interval: 500 }).toContain('built-in')
    server.kill(last.stopSignal as NodeJS.Signals)
    expect(await ended).toEqual([0, null])
    expect(health()).toBe(1)
  })
})
