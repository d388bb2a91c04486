/**
 * Lines that cost an expression the most: as far as a match goes, then long runs of what a repetition takes, of what stands
 * behind it, and of whole stretches of the match; and at the end something that fits nowhere.
 */

/** Characters of which a class takes one, tried in this order. */
const samples = [
  '1',
  'a',
  'A',
  '/',
  ':',
  '.',
  '-',
  '"',
  ' ',
  '\t',
  '+',
  '%',
  '_',
  '=',
  ',',
  '[',
  ']',
  '{',
  '|',
  '\\',
  '\u0001',
]

/** @typedef {{ text: string, repeats: boolean }} Atom */

/**
 * The atoms of an expression, each with a text that it matches, in their order: of alternatives the first, of a group what is
 * in it. Enough to make lines with; not a parser of all there is.
 * @param {string} source
 * @returns {Atom[]}
 */
export function atomsOf(source) {
  const atoms = []
  const token =
    /\\[dDwWsSbB]|\\[xu][0-9a-f]{2,4}|\\p\{[^}]*\}|\\k<\w+>|\\.|\[(?:[^\]\\]|\\.)*\]|\(\?[:=!]|\(\?<[=!]|\(\?<\w+>|\(|\)|\||\^|\$|[^\\[()|^$]/gy
  const repetition = /[*+?]\??|\{(\d+)(,\d*)?\}\??/y
  let skipDepth = 0
  for (let at = 0; at < source.length; ) {
    token.lastIndex = at
    const [found] = token.exec(source) ?? [source[at]]
    at += found.length
    repetition.lastIndex = at
    const [times = '', least = '1', more = ''] = repetition.exec(source) ?? []
    at += times.length
    if (found.startsWith('(')) skipDepth += skipDepth > 0 ? 1 : 0
    if (found === '|') skipDepth = Math.max(skipDepth, 1)
    if (found === ')' && skipDepth > 0) skipDepth -= 1
    const text = skipDepth > 0 || /^[()|^$]/.test(found) || /^\\[bB]$/.test(found) ? '' : textOf(found)
    const isRepeated = /^[*+]/.test(times) || more !== ''
    if (text !== '') atoms.push({ text: text.repeat(Math.max(1, Math.min(Number(least), 40))), repeats: isRepeated })
  }
  return atoms
}

function textOf(atom) {
  if (atom === '.') return 'x'
  if (!/^[\\[]/.test(atom)) return atom
  try {
    const matches = new RegExp(`^${atom}$`, 'u')
    return samples.find((sample) => matches.test(sample)) ?? ''
  } catch {
    const matches = new RegExp(`^${atom}$`)
    return samples.find((sample) => matches.test(sample)) ?? ''
  }
}

/** Nothing that a format of ours has in a line. */
const fitsNowhere = '\u0002'

/**
 * @param {string} source of an expression
 * @param {number} length characters
 * @param {string[]} examples texts that it matches, cut and repeated as well
 * @returns {Generator<string>}
 */
export function* adversarialLines(source, length, examples = []) {
  const atoms = atomsOf(source)
  const runs = new Set(['"', ' ', '/', ':', '" "', '" 1 1 "', ' [', '\\"', '{', '"a":'])
  for (const [index, { text, repeats }] of atoms.entries()) {
    if (!repeats) continue
    runs.add(text)
    for (const width of [2, 3, 5, 9])
      runs.add(
        atoms
          .slice(index, index + width)
          .map((atom) => atom.text)
          .join(''),
      )
  }
  const whole = atoms.map((atom) => atom.text).join('')
  if (whole !== '') runs.add(whole)
  const prefixes = new Set([''])
  for (const [index, { repeats }] of atoms.entries())
    if (repeats)
      prefixes.add(
        atoms
          .slice(0, index)
          .map((atom) => atom.text)
          .join(''),
      )
  for (const example of examples) {
    runs.add(example)
    for (const cut of example.matchAll(/[" ]/g)) prefixes.add(example.slice(0, (cut.index ?? 0) + 1))
  }
  for (const prefix of prefixes)
    for (const run of runs)
      yield `${prefix}${run.repeat(Math.max(1, Math.floor((length - prefix.length) / run.length)))}${fitsNowhere}`
}
