// Writes the bill of materials of what is installed with the package, in CycloneDX's JSON, out of the lock: every package
// with version, licence and SHA-512. Fails when one of the lock's is missing.
//
//   npm run sbom [-- FILE]      default fluxport.cdx.json
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = process.argv[2] ?? 'fluxport.cdx.json'

const args = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
const made = spawnSync('npm', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 })
if (made.status !== 0) {
  console.error(made.stderr)
  process.exit(1)
}
const bill = JSON.parse(made.stdout)
const { packages } = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'))
const nameOf = (path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
const wanted = new Set(
  Object.entries(packages)
    .filter(([path, entry]) => path !== '' && entry.dev !== true)
    .map(([path, entry]) => `${nameOf(path)}@${entry.version}`),
)
// npm's own --omit dev leaves out what is needed for development as well.
const labelOf = ({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`
bill.components = bill.components.filter((component) => wanted.has(labelOf(component)))
const listed = new Set(bill.components.map(labelOf))
const missing = [...wanted].filter((one) => !listed.has(one))
if (missing.length > 0) {
  console.error(`The bill of materials lacks ${missing.join(', ')}`)
  process.exit(1)
}
const kept = new Set([bill.metadata.component['bom-ref'], ...bill.components.map((component) => component['bom-ref'])])
bill.dependencies = bill.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((one) => kept.has(one)) }))
bill.metadata.component.name = 'fluxport'
writeFileSync(target, `${JSON.stringify(bill, null, 2)}\n`)
console.log(`${target}: ${bill.components.length} components`)
