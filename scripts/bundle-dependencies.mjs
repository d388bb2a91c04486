// Makes one file of each package that has hundreds, and lets the compiled sources read those. Node spends about 0.6 ms of
// processor time on each file of a module: typebox has 679 and kysely 262 of the 1,490 that a server read.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { rolldown } from 'rolldown'

/** Specifiers, and the files made of them. */
const bundled = { typebox: 'typebox.js', 'typebox/value': 'typebox-value.js', kysely: 'kysely.js' }

const specifier = /(?<=^(?:import|export)\b[^'"]*from ')(typebox(?:\/value)?|kysely)(?=')/gm

/** @param {string} root the checkout; `dist/` holds the compiled sources */
export async function bundleDependencies(root) {
  const directory = join(root, 'dist', 'bundled')
  const input = Object.fromEntries(Object.entries(bundled).map(([from, file]) => [file.replace(/\.js$/, ''), from]))
  const bundle = await rolldown({ cwd: root, input, platform: 'node' })
  await bundle.write({ dir: directory, format: 'esm', entryFileNames: '[name].js', chunkFileNames: '[name].js' })
  await bundle.close()
  writeFileSync(join(directory, 'LICENSES.txt'), licencesOf(root, ['typebox', 'kysely']))
  for (const path of compiledFiles(join(root, 'dist'))) redirect(path, directory)
}

/** Their licences ask that the text stands beside the copy. */
function licencesOf(root, packages) {
  return packages
    .map((name) => {
      const directory = join(root, 'node_modules', name)
      const { version } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
      const file = readdirSync(directory).find((one) => /^licen[cs]e/i.test(one))
      if (!file) throw new Error(`${name} has no licence`)
      return `${name} ${version}\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`
    })
    .join('\n----\n\n')
}

const compiledFiles = (directory) =>
  readdirSync(directory, { recursive: true })
    .filter((name) => name.endsWith('.js') && !name.startsWith(`bundled${sep}`))
    .map((name) => join(directory, name))

function redirect(path, directory) {
  const text = readFileSync(path, 'utf8')
  const changed = text.replace(specifier, (name) => {
    const target = relative(dirname(path), join(directory, bundled[name])).split(sep).join('/')
    return target.startsWith('.') ? target : `./${target}`
  })
  if (changed !== text) writeFileSync(path, changed)
}
