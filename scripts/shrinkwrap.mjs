// The published package says of everything that it depends on which version and which bytes: npm takes a shrinkwrap along in
// a package, and never a lock file. `write` before packing, `remove` after it.
import { copyFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url))
if (process.argv[2] === 'write') copyFileSync(at('package-lock.json'), at('npm-shrinkwrap.json'))
else rmSync(at('npm-shrinkwrap.json'), { force: true })
