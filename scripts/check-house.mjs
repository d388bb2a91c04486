// Imports run downwards only, types included (docs/development/architecture.md). Lists each import that runs up or sideways
// between rooms, and each circle of files or folders; prints both numbers, and fails when one is not 0.
// node scripts/check-house.mjs [ROOT]
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url))

/** The server and the console are a house each; the console takes the table of places alone from the server's. */
const houses = ['src', 'console/src']

/** Bottom to top. A room imports from rooms below its own floor alone: never from one beside it. */
const serverFloors = [
  ['errors', 'exact-json', 'share-answer', 'stage-times', 'version', 'visible-text', 'wake-signal'],
  ['logger'],
  ['turns'],
  ['disk', 'http', 'statistics'],
  ['ports'],
  ['auth'],
  ['audit', 'readers'],
  ['accounts', 'geo', 'privacy'],
  ['ledger'],
  ['coverage'],
  ['usage'],
  ['exports', 'ingest', 'siblings', 'web-console'],
  ['config'],
  ['parts'],
  ['upkeep'],
  ['server'],
  ['cli'],
  ['main', 'reader-child'],
]

/** The console's, likewise. A page is a room by itself, as no page imports another. */
const consoleFloors = [
  ['api'],
  ['language'],
  ['controls'],
  ['session'],
  ['view'],
  ['figure'],
  ['chart', 'clients', 'start'],
  ['pages'],
  ['shell'],
  ['main'],
]

function* filesBelow(directory) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) yield* filesBelow(path)
    else if (/\.tsx?$/.test(entry.name)) yield path
  }
}

const specifier = /(?:\bfrom|\bimport)\s*\(?\s*'(\.{1,2}\/[^']+\.tsx?)'/g

/** Every import within a house as [from, to], paths relative to the root. */
function importsWithin(house) {
  return [...filesBelow(join(root, house))].flatMap((path) => {
    const from = relative(root, path)
    const targets = [...readFileSync(path, 'utf8').matchAll(specifier)].map(([, target]) => target)
    const imported = targets.map((target) => posix.join(dirname(from), target))
    return imported.filter((to) => to.startsWith(`${house}/`)).map((to) => [from, to])
  })
}

/** The folders of a file below its house, or the file's own name there. */
const placeOf = (path) => path.replace(/^(console\/)?src\//, '').split('/')
/** A room: the folder right below the house; of pages, the page's. */
const roomOf = (path) => {
  const [first, second] = placeOf(path)
  return first === 'pages' ? `pages/${second}` : first.replace(/\..*$/, '')
}
const floorOf = (path) =>
  (path.startsWith('console/') ? consoleFloors : serverFloors).findIndex((rooms) =>
    rooms.includes(roomOf(path).split('/')[0]),
  )

/** Strongly connected parts of more than one node: Tarjan's way. */
function circlesOf(edges) {
  const next = new Map()
  for (const [from, to] of edges) if (from !== to) next.set(from, (next.get(from) ?? new Set()).add(to))
  const index = new Map()
  const low = new Map()
  const stack = []
  const circles = []
  const visit = (node) => {
    index.set(node, index.size)
    low.set(node, index.get(node))
    stack.push(node)
    for (const to of next.get(node) ?? []) {
      if (!index.has(to)) visit(to)
      if (stack.includes(to)) low.set(node, Math.min(low.get(node), low.get(to)))
    }
    if (low.get(node) !== index.get(node)) return
    const circle = stack.splice(stack.indexOf(node))
    if (circle.length > 1) circles.push(circle)
  }
  for (const node of next.keys()) if (!index.has(node)) visit(node)
  return circles
}

const imports = houses.filter((house) => existsSync(join(root, house))).flatMap(importsWithin)
const homeless = [...new Set(imports.flat())].filter((path) => floorOf(path) < 0)
const upward = imports.filter(([from, to]) => roomOf(from) !== roomOf(to) && floorOf(to) >= floorOf(from))
const folders = imports
  .map((pair) => pair.map((path) => dirname(path)))
  .filter((pair) => !pair.some((folder) => houses.includes(folder)))
const circles = [...circlesOf(imports), ...circlesOf(folders)]

for (const path of homeless) console.error(`${path} stands on no floor: name its room in scripts/check-house.mjs`)
for (const [from, to] of upward) console.error(`${from} may not import ${to}`)
for (const circle of circles) console.error(`a circle: ${circle.join(', ')}`)
console.log(`imports: ${imports.length}, upward ${upward.length}, circles ${circles.length}`)
if (homeless.length + upward.length + circles.length > 0) process.exit(1)
