// The house's budgets: files under 300 lines, functions under 50, components under 150, three levels of nesting. Lists what is
// over, and fails.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const fileLinesMax = 300
const functionLinesMax = 50
/** Markup is long without being deep. */
const componentLinesMax = 150
const nestingMax = 3
const directories = ['src', 'scripts', 'test', 'bench', 'console/src']
const extensions = /\.(tsx?|mjs)$/

function* filesBelow(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (extensions.test(entry.name)) yield path
  }
}

/** Opens a function that is measured: a declaration, a method of a literal, or an arrow with a block. */
const opensFunction = /(\bfunction\b.*\{$|=>\s*\{$|^\s*(async\s+)?\*?[\w$]+\(.*\).*\{$)/
const opensControl = /^\s*(\}\s*)?(if|else|for|while|do|switch|try|catch|finally)\b.*\{$/
/** What holds tests is a list of them; the tests are measured. */
const isTest = /^\s*(it|describe\w*)(\.\w+)*\(/

/** The formatter lays code out, so that braces at line ends and starts tell its structure. */
function overBudget(path, text) {
  const lines = text.split('\n')
  const found = []
  if (lines.length - 1 > fileLinesMax) found.push(`${path}: ${lines.length - 1} lines`)
  const open = []
  for (const [index, line] of lines.entries()) {
    if (/^\s*(\/\/|\*|\/\*)/.test(line)) continue
    while (open.length > 0 && /^\s*[})\]]/.test(line) && indentOf(line) <= open.at(-1).indent)
      close(open.pop(), index, path, lines, found)
    if (!line.endsWith('{')) continue
    const isFunction = opensFunction.test(line) && !opensControl.test(line)
    if (!isFunction && !opensControl.test(line)) continue
    const block = { indent: indentOf(line), start: index, isFunction }
    open.push(block)
    const depth = open.length - 1 - open.findLastIndex((one) => one.isFunction)
    if (depth > nestingMax) found.push(`${path}:${index + 1}: nested ${depth} deep`)
  }
  return found
}

function close(block, index, path, lines, found) {
  const length = index - block.start + 1
  const holdsTests = lines.slice(block.start + 1, index).some((line) => isTest.test(line))
  const linesMax = path.endsWith('.tsx') ? componentLinesMax : functionLinesMax
  if (block.isFunction && !holdsTests && length > linesMax) {
    found.push(`${path}:${block.start + 1}: a function of ${length} lines`)
  }
}

const indentOf = (line) => line.length - line.trimStart().length

const found = directories.flatMap((directory) =>
  [...filesBelow(join(root, directory))].flatMap((path) =>
    overBudget(relative(root, path), readFileSync(path, 'utf8')),
  ),
)
for (const line of found) console.error(line)
if (found.length > 0) process.exitCode = 1
else
  console.log(
    `budgets: files under ${fileLinesMax} lines, functions under ${functionLinesMax}, nesting up to ${nestingMax}`,
  )
