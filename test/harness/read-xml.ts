/** One step through an XML document: a tag's begin with its attributes, its end, or text. */
export type XmlStep = { kind: 'begin' | 'end' | 'text'; name: string; attributes: Record<string, string>; text: string }

const entities: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

const unescaped = (text: string) =>
  text.replaceAll(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (entity, name: string) => {
    const code = name.startsWith('#x') ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1))
    const text = name.startsWith('#') ? String.fromCodePoint(code) : entities[name]
    if (text === undefined) throw new Error(`unknown entity ${entity}`)
    return text
  })

/** What XML 1.0 does not allow: a strict reader refuses the whole document. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/** Without comments, sections and processing instructions other than the first line. @throws Error for those, and for bad XML */
export function* readXml(bytes: Buffer): Generator<XmlStep> {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes).replaceAll(/\r\n?/g, '\n')
  if (forbidden.test(text)) throw new Error('a character that XML does not allow')
  const open: string[] = []
  for (const [all, tag, plain] of text.matchAll(/<([^<>]*)>|([^<>]+)/g)) {
    if (plain !== undefined) {
      if (open.length > 0) yield { kind: 'text', name: open.at(-1) ?? '', attributes: {}, text: unescaped(plain) }
      continue
    }
    if (all.startsWith('<?xml ')) continue
    if (tag === undefined || /^[?!]/.test(tag)) throw new Error(`not read here: ${all}`)
    yield* tagSteps(tag, open)
  }
  if (open.length > 0) throw new Error(`${open.join(' > ')} does not end`)
}

function* tagSteps(tag: string, open: string[]): Generator<XmlStep> {
  if (tag.startsWith('/')) {
    const name = tag.slice(1)
    if (open.pop() !== name) throw new Error(`</${name}> ends nothing`)
    yield { kind: 'end', name, attributes: {}, text: '' }
    return
  }
  const isEmpty = tag.endsWith('/')
  const [name = ''] = tag.split(/[\s/]/)
  const attributes = Object.fromEntries(
    [...tag.matchAll(/([\w:]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, unescaped(value)]),
  )
  yield { kind: 'begin', name, attributes, text: '' }
  if (isEmpty) yield { kind: 'end', name, attributes: {}, text: '' }
  else open.push(name)
}
