import type { SyntaxNode } from '@lezer/common'
import { parser } from '@prometheus-io/lezer-promql'

/** A metric that an expression reads, with what it wants of labels. */
export type Selected = { metric: string; matchers: { label: string; operator: string; value: string }[] }

/** The series that an expression reads, and the labels that it groups by. @throws Error when it does not parse */
export function readExpression(expression: string): { selected: Selected[]; grouping: string[] } {
  const selected: Selected[] = []
  const grouping: string[] = []
  const text = (node: SyntaxNode | null) => (node ? expression.slice(node.from, node.to) : '')
  parser.parse(expression).iterate({
    enter: (cursor) => {
      if (cursor.type.isError) throw new Error(`at ${cursor.from}: ${expression}`)
      const { node } = cursor
      if (node.name === 'GroupingLabels') grouping.push(...node.getChildren('LabelName').map(text))
      if (node.name !== 'VectorSelector') return
      const matchers = (node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? []).map((matcher) => ({
        label: text(matcher.getChild('LabelName')),
        operator: text(matcher.getChild('MatchOp')),
        value: text(matcher.getChild('StringLiteral')).slice(1, -1),
      }))
      selected.push({ metric: text(node.getChild('Identifier')), matchers })
    },
  })
  return { selected, grouping }
}

/** Of a scrape: each metric's labels, and the values that they have. */
export function readExposition(text: string): Map<string, Map<string, Set<string>>> {
  const metrics = new Map<string, Map<string, Set<string>>>()
  for (const [, name = '', labels = ''] of text.matchAll(/^([a-zA-Z_:]\w*)(?:\{(.*)\})? \S+(?: \d+)?$/gm)) {
    const known = metrics.get(name) ?? new Map<string, Set<string>>()
    metrics.set(name, known)
    for (const [, label = '', value = ''] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
      known.set(label, (known.get(label) ?? new Set()).add(value))
  }
  return metrics
}
