// Makes a release ready: looks whether it may be one, packs it, tries the tarball, writes its bill of materials and digests.
// It tags and publishes nothing (docs/development/releasing.md).
//   npm run release                            all of it, into release/
//   node scripts/release.mjs --check [ROOT]    the rules alone, of this checkout or another
//   node scripts/release.mjs --try             packs and tries the build that is there, whatever the tree is
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from './pack.mjs'
import { releaseProblems } from './release-rules.mjs'
import { tryTarball } from './release-trial.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [flag, otherRoot] = process.argv.slice(2)

/** Runs a script of the project, with what it says. */
function runScript(name, ...args) {
  const done = spawnSync(process.execPath, [join(root, 'scripts', name), ...args], { stdio: 'inherit' })
  if (done.status !== 0) throw new Error(`${name} ended with ${done.status}`)
}

/** The form that `sha256sum --check` reads. */
const digestLine = (path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}\n`

/** Packs the build that is there, and tries the tarball. */
async function packAndTry(version, target) {
  const { commit } = JSON.parse(readFileSync(join(root, 'dist', 'build.json'), 'utf8'))
  const tarball = pack(target)
  console.log(`Release: trying ${basename(tarball)} of commit ${commit} in an empty directory …`)
  const { requests, bytes } = await tryTarball(tarball, { version, commit })
  console.log(`Release: served, loaded and exported: ${requests} requests and ${bytes} bytes in lines and file alike`)
  return { tarball, commit }
}

async function tryBuild(version) {
  const target = mkdtempSync(join(tmpdir(), 'fluxport-pack-'))
  try {
    await packAndTry(version, target)
  } finally {
    rmSync(target, { recursive: true, force: true })
  }
}

async function makeReady(version) {
  const target = join(root, 'release')
  rmSync(target, { recursive: true, force: true })
  console.log(`Release: building ${version} …`)
  runScript('build.mjs')
  const { tarball, commit } = await packAndTry(version, target)
  const bill = join(target, `fluxport-${version}.cdx.json`)
  runScript('write-sbom.mjs', bill)
  const digests = join(target, 'SHA256SUMS')
  writeFileSync(digests, [tarball, bill].map(digestLine).join(''))
  return { tarball, bill, digests, commit }
}

function sayWhatIsNext(version, { tarball, bill, digests, commit }) {
  const [packed, ...others] = [tarball, bill, digests].map((path) => relative(root, path))
  console.log(`
${version} of commit ${commit} is ready, and nothing is published. Next, once .ci/run has passed on this commit:

    git tag --annotate v${version} --message 'Fluxport ${version}' && git push origin v${version}
    npm publish ${packed}

Attach ${[packed, ...others].join(', ')} to the release's page.`)
}

async function release() {
  const { version, problems } = releaseProblems(flag === '--check' && otherRoot ? otherRoot : root)
  if (flag === '--try') return await tryBuild(version)
  for (const problem of problems) console.error(`release: ${problem}`)
  if (problems.length > 0) process.exitCode = 1
  else if (flag === '--check') console.log(`release: ${version} may be released`)
  else sayWhatIsNext(version, await makeReady(version))
}

try {
  await release()
} catch (error) {
  console.error(`release: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}
