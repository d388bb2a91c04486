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
  'console/src',
  'docs/guide',
  'docs/reference',
  'docs/development',
]
const read = /\.(tsx?|sql|md)$/

const patterns = [
  { found: /\bso (many|much|long)\b/i, better: 'say the number: "at most N bytes", "this many", "within that time"' },
  { found: /\bthe same of\b/i, better: 'name the thing again' },
  { found: /\bcome again\b/i, better: 'retry; may be sent again' },
  { found: /\b(is|are) ours\b|\. Ours\b/, better: 'a Fluxport extension; of this server' },
]

/** Of pages alone: people read them without the code beside it. */
const pagePatterns = [
  { found: /(^|[.:|] |\*\*)(Whoever|What of|Who (is|has|can|could|reads|made|asks))\b/, better: 'begin with a noun' },
  { found: /\b(of )?ours\b/, better: 'of Fluxport; of this repository' },
]

/** Turns of phrase in comments alone: a document may ask "What is a bucket?", and a text of the API has its own rule. */
const commentPatterns = [
  {
    found: /(?:^|[.;:] )(What|How|Whether|Whose|Who)\b(?![^.]*\?)/,
    better: 'begin with a noun: "A client that …", "The bytes of …", "True if …"',
  },
  { found: /^Where\b(?!.*[,?])/, better: 'begin with a noun: "The path of …", "The position of …"' },
  {
    found: /^The same(?=[,.;]|\s(?:again|as|for|from|in|made|may|read|where|with|without)\b)/,
    better: 'name it: "As `name`, without …"',
  },
  { found: /\bwhoever\b/i, better: 'a noun: "an account that …", "by any issuer"' },
  { found: /\b(ours|theirs)\b/i, better: 'a noun: "Fluxport’s key", "the others’ requests"' },
  { found: /\bwhat (of|is|was|has|had|lies|stands|comes|goes|tells)\b/, better: 'a noun: "the rows that …"' },
  { found: /\b(none of (its|their)|nobody(’|')s|no) business\b/i, better: 'say who may see or change what' },
]

/** The comment of a line of TypeScript or SQL; empty for a line of code. */
function commentOf(path, line) {
  if (path.endsWith('.sql')) return /(?:^|\s)-- ?(.*)$/.exec(line)?.[1] ?? ''
  if (!/\.tsx?$/.test(path)) return ''
  return (/^\s*(?:\/\*\*?|\*(?!\/)|\/\/) ?(.*?)(?:\*\/)?$/.exec(line) ?? /\s\/\/ (.*)$/.exec(line))?.[1]?.trim() ?? ''
}

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

const problemsOf = (path, line) => {
  if (isRule(line)) return []
  const comment = commentOf(path, line)
  return [
    ...patterns.filter((pattern) => pattern.found.test(line)),
    ...(path.endsWith('.md') ? pagePatterns : []).filter((pattern) => pattern.found.test(line)),
    ...commentPatterns.filter((pattern) => pattern.found.test(comment)),
  ]
}

const found = places.flatMap((place) =>
  [...filesBelow(join(root, place))].flatMap((path) => {
    const name = relative(root, path)
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        problemsOf(name, line).map(({ better }) => `${name}:${index + 1}: ${line.trim()}\n    better: ${better}`),
      )
  }),
)
for (const problem of found) console.error(problem)
console.log(`prose: ${patterns.length + pagePatterns.length + commentPatterns.length} patterns, ${found.length} found`)
if (found.length > 0) process.exit(1)
