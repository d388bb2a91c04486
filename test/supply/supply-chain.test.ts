import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(repository, path), 'utf8')

type Entry = {
  version?: string
  integrity?: string
  resolved?: string
  dev?: boolean
  hasInstallScript?: boolean
  optionalDependencies?: Record<string, string>
}
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Entry> }
const installed = Object.entries(packages).filter(([path]) => path !== '')
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

/** For other machines: the registry that the lock is written with has them not (docs/adr/0036). */
const withoutDigest = [
  ...['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'].map((name) => `node_modules/@chdb/lib-${name}`),
  'node_modules/napi-windows-process-start-time',
]

describe('the lock', () => {
  it('has a digest of every package, but for four whose bytes nobody here has seen', () => {
    const lacking = installed.filter(([, entry]) => !entry.integrity?.startsWith('sha512-')).map(([path]) => path)
    expect(lacking).toEqual(withoutDigest)
  })

  it('has the packages of every platform, so that a set-up anywhere leaves it as it is', () => {
    const above = (path: string) => path.slice(0, Math.max(0, path.lastIndexOf('/node_modules/')))
    const lacking = Object.entries(packages).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter((name) => {
        for (let at = path; ; at = above(at)) {
          if (packages[`${at}${at === '' ? '' : '/'}node_modules/${name}`]) return false
          if (at === '') return true
        }
      }),
    )
    expect(lacking).toEqual([])
  })

  it('names no registry, and no other version than package.json does', () => {
    expect(installed.filter(([, entry]) => entry.resolved !== undefined)).toEqual([])
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect([name, version, packages[`node_modules/${name}`]?.version]).toEqual([
        name,
        expect.stringMatching(/^\d+\.\d+\.\d+$/),
        version,
      ])
  })

  it('has two packages that would run something as they are installed, which set-up does not let them', () => {
    const scripts = installed.filter(([, entry]) => entry.hasInstallScript).map(([path]) => nameOf(path))
    expect(scripts.sort()).toEqual(['better-sqlite3', 'chdb'])
    const setup = read('scripts/setup.mjs')
    expect(setup).toContain(`'ci', '--ignore-scripts'`)
    expect(setup + read('scripts/native-sqlite.mjs')).not.toMatch(/prebuild-install|https?:/)
  })
})

describe('npm run sbom', () => {
  it('lists every package that is installed with ours, with its digest and licence', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory.path, 'bill.json')
    execFileSync(process.execPath, [join(repository, 'scripts/write-sbom.mjs'), path])
    const bill = JSON.parse(readFileSync(path, 'utf8')) as {
      bomFormat: string
      metadata: { component: { name: string; version: string } }
      components: {
        group?: string
        name: string
        version: string
        purl: string
        hashes?: { alg: string; content: string }[]
        licenses?: unknown[]
      }[]
    }
    expect(bill.bomFormat).toBe('CycloneDX')
    expect(bill.metadata.component.name).toBe('fluxport')
    const listed = new Map(bill.components.map((one) => [decodeURIComponent(one.purl.replace('pkg:npm/', '')), one]))
    const runtime = installed.filter(([, entry]) => entry.dev !== true)
    expect(runtime.length).toBeGreaterThan(150)
    for (const [place, { version, integrity }] of runtime) {
      const found = listed.get(`${nameOf(place)}@${version}`)
      expect([place, found === undefined, found?.licenses === undefined]).toEqual([place, false, false])
      const digests = found?.hashes?.map(({ content }) => `sha512-${Buffer.from(content, 'hex').toString('base64')}`)
      expect([place, digests]).toEqual([place, integrity === undefined ? undefined : [integrity]])
    }
    expect(listed.size).toBe(new Set(runtime.map(([place, { version }]) => `${nameOf(place)}@${version}`)).size)
    await directory.remove()
  })
})

const withoutSystemd = spawnSync('systemd-analyze', ['--version']).error
  ? ' (skipped: there is no systemd-analyze)'
  : ''
describe.skipIf(withoutSystemd)(`deploy/fluxport.service${withoutSystemd}`, () => {
  const unit = join(repository, 'deploy/fluxport.service')
  it('is a unit that systemd takes', () => {
    expect(spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
  })

  it('lets the server confine its engine', () => {
    const names = ['landlock_create_ruleset', 'landlock_add_rule', 'landlock_restrict_self']
    expect(read('deploy/fluxport.service')).toContain(`\nSystemCallFilter=${names.join(' ')}\n`)
  })

  it('leaves the service little that it could do', () => {
    const args = ['security', '--offline=true', '--no-pager', '--threshold=20', unit]
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    expect(stdout).toMatch(/Overall exposure level/)
    expect(status).toBe(0)
  })
})

it('says whom to tell of a weakness, and what is defended against whom', () => {
  const text = read('SECURITY.md')
  for (const heading of ['Report', 'Supported versions', 'What happens then']) expect(text).toContain(heading)
  // Each test that the page names is there.
  const named = [...read('docs/guide/threat-model.md').matchAll(/`((?:src|test)\/[^`\s]+)`/g)].map(
    ([, path]) => path ?? '',
  )
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((path) => !existsSync(join(repository, path)))).toEqual([])
})
