// Compiles src/ into dist/, copies the SQL that stands beside the code, builds the console, and writes down which commit it is
// built from.
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commitOf } from './built-from.mjs'
import { bundleDependencies } from './bundle-dependencies.mjs'

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
await bundleDependencies(root)
await import('./build-console.mjs')
writeFileSync(`${root}dist/build.json`, `${JSON.stringify({ commit: commitOf(resolve(root)) })}\n`)
chmodSync(`${root}dist/main.js`, 0o755)
