// Compiles src/ into dist/ and copies the SQL that stands beside the code.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })
const compiler = spawnSync(process.execPath, [`${root}node_modules/typescript/bin/tsc`, '-p', `${root}tsconfig.json`], {
  stdio: 'inherit',
})
if (compiler.status !== 0) process.exit(compiler.status ?? 1)
cpSync(`${root}src`, `${root}dist`, {
  recursive: true,
  filter: (path) => !/\.[a-z]+$/.test(path) || path.endsWith('.sql'),
})
chmodSync(`${root}dist/main.js`, 0o755)
