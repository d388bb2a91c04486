import type { KyselyPlugin, RootOperationNode } from 'kysely'

/** Lets something happen once, between the answer to a statement that `is` matches and the statement after it. */
export function afterQuery(is: (node: RootOperationNode) => boolean, happen: () => Promise<unknown>): KyselyPlugin {
  let awaited: unknown = null
  let hasHappened = false
  return {
    transformQuery: ({ node, queryId }) => {
      if (awaited === null && is(node)) awaited = queryId
      return node
    },
    transformResult: async ({ result, queryId }) => {
      if (queryId === awaited && !hasHappened) {
        hasHappened = true
        await happen()
      }
      return result
    },
  }
}

/** Matches a SELECT that names a column. */
export const selects = (column: string) => (node: RootOperationNode) =>
  node.kind === 'SelectQueryNode' && JSON.stringify(node.selections).includes(`"${column}"`)
