import { describe, expect, it } from 'vitest'
import { sourceInPath, sourcePatternProblem } from './source-in-path.ts'

describe('a source in a file’s path', () => {
  it.each([
    ['{source}/**', 'edge-1/2026/09/access.log', 'edge-1'],
    ['{source}/*', 'edge-1/access.log', 'edge-1'],
    ['{source}/*', 'edge-1/2026/access.log', null],
    ['{source}/*', 'access.log', null],
    ['{source}-access.log*', 'edge-1-access.log.1.gz', 'edge-1'],
    ['{source}-access.log*', 'sub/cdn-access.log', 'cdn'],
    ['pop?/{source}.log', 'pop3/edge.log', 'edge'],
    ['{source}/*', '../access.log', null],
    ['{source}/*', 'a b/access.log', null],
    ['{source}/*', `${'a'.repeat(101)}/access.log`, null],
    ['**{source}**x', `${'a'.repeat(255)}`, null],
  ])('by %s of %s', (pattern, path, source) => {
    expect(sourceInPath(pattern, path)).toBe(source)
  })

  it.each(['access.log', '{source}-{source}', '*-*-*-{source}'])('is not told by the pattern %s', (pattern) => {
    expect(sourcePatternProblem(pattern)).not.toBeNull()
  })
})
