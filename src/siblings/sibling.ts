import type { DownloadLinks } from '../auth/download-links.ts'
import type { Routes } from '../http/server.ts'
import { assertKept, type Need } from '../ledger/assert-kept.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import type { Secrets } from '../ports/warehouse/secrets.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import type { BillingRule } from '../usage/bills/billing-rule.ts'
import { type PinnedData, readPinned } from '../usage/pinned.ts'
import type { UsageRouteDeps } from '../usage/usage-routes.ts'
import { type Asking, mountOperation, type Operation } from './wire/operation.ts'
import type { Query } from './wire/parameters.ts'
import type { WriteWorkbook } from './workbook.ts'

export type SiblingDeps = UsageRouteDeps & {
  billingRule: BillingRule
  links: DownloadLinks
  limitCounts: LimitCounts
  /** The key of client hashes; null while every address is whole. */
  clientKey: () => Promise<Secrets | null>
  writeWorkbook: WriteWorkbook
}

/** A query of one of the operations. */
export type SiblingRequest = {
  deps: SiblingDeps
  engine: Asked
  query: Query
  nowMs: number
  /** Reads the domains' data in the present version, as the asking account sees them. */
  read<T>(domains: string[] | null, needs: Need[], work: (data: PinnedData) => Promise<T>): Promise<T>
}

/** A synchronous statistics operation of the contract. */
export type Sibling = Operation & {
  /** After `/v1.0/cdn/statistics/`. */
  path: string
  answer(request: SiblingRequest): Promise<object>
}

/** Mounts an operation that asks the engine. */
export function mountSibling(server: Routes, deps: SiblingDeps, sibling: Sibling): void {
  mountOperation(server, deps, { ...sibling, path: `statistics/${sibling.path}` }, (asking) =>
    askEngine(deps, asking, sibling.answer),
  )
}

/** Answers a question when it is its account's turn at the engine. */
export const askEngine = <T>(
  deps: SiblingDeps,
  { accountId, query, gone }: Asking,
  answer: (request: SiblingRequest) => Promise<T>,
): Promise<T> => deps.questions.ask(accountId, gone, (engine) => answer(requestOf({ deps, engine, accountId, query })))

type Asker = Pick<SiblingRequest, 'deps' | 'engine' | 'query'> & { accountId: string }

const requestOf = ({ deps, engine, query, accountId }: Asker): SiblingRequest => ({
  deps,
  engine,
  query,
  nowMs: deps.nowMs(),
  read: async (domains, needs, work) => {
    await assertKept(deps.database, needs)
    const startTimeMs = Math.min(...needs.map((need) => need.startTimeMs))
    const question = { whose: accountId, domains, dataVersion: null, startTimeMs }
    return await readPinned(deps.database, engine, question, work)
  },
})
