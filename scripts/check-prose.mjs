// Finds turns of phrase that a reader has to read twice, in code and documents; CONTRIBUTING.md says what to write instead.
// Decisions and the changelog are of their time, and stay as they are. node scripts/check-prose.mjs [ROOT]
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))
const places = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'src',
  'docs/guide',
  'docs/reference',
  'docs/development',
]
const read = /\.(ts|sql|md)$/

const patterns = [
  { found: /\bso (many|much|long)\b/i, better: 'say the number: "at most N bytes", "this many", "within that time"' },
  { found: /\bthe same of\b/i, better: 'name the thing again' },
  { found: /\bcome again\b/i, better: 'retry; may be sent again' },
  { found: /\b(is|are) ours\b|\. Ours\b/, better: 'a Fluxport extension; of this server' },
  { found: /\*\*? Who (hears|is|has|asks|comes)\b/, better: 'begin with a noun: a client that …' },
]

/** Of pages alone: people read them without the code beside it. */
const pagePatterns = [
  { found: /(^|[.:|] |\*\*)(Whoever|What of|Who (is|has|can|could|reads|made|asks))\b/, better: 'begin with a noun' },
  { found: /\b(of )?ours\b/, better: 'of Fluxport; of this repository' },
]

const patternsFor = (path) => (path.endsWith('.md') ? [...patterns, ...pagePatterns] : patterns)

function* filesBelow(path) {
  if (read.test(path)) return yield path
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const inside = join(path, entry.name)
    if (entry.isDirectory()) yield* filesBelow(inside)
    else if (read.test(entry.name)) yield inside
  }
}

/** The rule itself names what it forbids. */
const isRule = (line) => line.includes('never "')

const found = places.flatMap((place) =>
  [...filesBelow(join(root, place))].flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        patternsFor(path)
          .filter((pattern) => pattern.found.test(line) && !isRule(line))
          .map(({ better }) => `${relative(root, path)}:${index + 1}: ${line.trim()}\n    better: ${better}`),
      ),
  ),
)
for (const problem of found) console.error(problem)
console.log(`prose: ${patterns.length + pagePatterns.length} patterns, ${found.length} found`)
if (found.length > 0) process.exit(1)
