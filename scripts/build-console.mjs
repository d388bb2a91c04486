// Builds the console into dist/console/: types of the API first, then the page, then each file packed for servers to hand out.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { build } from 'vite'
import './write-console-types.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const built = `${root}dist/console/`

/** Says "use client" to servers that draw pages; there is none here. */
const noDirective = (warning, warn) => {
  if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') warn(warning)
}

await build({ configFile: `${root}console/vite.config.ts`, build: { rolldownOptions: { onwarn: noDirective } } })
for (const name of readdirSync(`${built}assets`)) {
  const bytes = readFileSync(`${built}assets/${name}`)
  writeFileSync(`${built}assets/${name}.gz`, gzipSync(bytes, { level: 9 }))
  const quality = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY }
  writeFileSync(`${built}assets/${name}.br`, brotliCompressSync(bytes, { params: quality }))
}
