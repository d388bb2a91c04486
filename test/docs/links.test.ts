import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const readmeBytesMax = 9_000

const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
const pages = listed.split('\n').filter((path) => path !== '' && existsSync(join(root, path)))

/** Blocks of code have no links and no headings. */
const textOf = (path: string) => readFileSync(join(root, path), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '')

/** As a reader of Markdown on the web makes a heading's anchor. */
const anchorOf = (heading: string) =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
    .replaceAll(' ', '-')

const anchorsOf = (path: string) =>
  [...textOf(path).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => anchorOf(heading))

/** Every link within the repository: the page it stands in, and where it leads. */
const links = pages.flatMap((page) =>
  [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => ({ page, target })),
)

function problemOf({ page, target }: (typeof links)[number]): string | null {
  const [path = '', anchor = ''] = target.split('#')
  const found = path === '' ? page : relative(root, resolve(root, dirname(page), path))
  if (!existsSync(join(root, found))) return `${page}: ${target} is not there`
  if (anchor === '' || statSync(join(root, found)).isDirectory()) return null
  return anchorsOf(found).includes(anchor) ? null : `${page}: ${target} has no such heading`
}

it('leads every link of every page to what is there', () => {
  expect(links.length).toBeGreaterThan(200)
  expect(links.flatMap((link) => problemOf(link) ?? [])).toEqual([])
})

it('has every page of the documentation on the way from the README', () => {
  const reached = new Set(['README.md'])
  for (const page of reached) {
    for (const link of links.filter((one) => one.page === page)) {
      const found = relative(root, resolve(root, dirname(page), link.target.split('#')[0] ?? ''))
      if (found.endsWith('.md')) reached.add(found)
    }
  }
  const documents = pages.filter((page) => page.startsWith('docs/') && !page.endsWith('template.md'))
  expect(documents.filter((page) => !reached.has(page))).toEqual([])
})

it('names no file of the repository that is not there', () => {
  const named = pages
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap((page) =>
      [...textOf(page).matchAll(/`((?:src|test|scripts|docs|bench|deploy)\/[\w./-]+\.[a-z]+)`/g)].map(
        ([, path = '']) => ({
          page,
          path,
        }),
      ),
    )
  expect(named.filter(({ path }) => !existsSync(join(root, path)))).toEqual([])
})

it('keeps the README short', () => {
  expect(statSync(join(root, 'README.md')).size).toBeLessThanOrEqual(readmeBytesMax)
})
