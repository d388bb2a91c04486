import type { Database } from '../../ports/database/database.ts'
import type { Operation } from '../wire/operation.ts'
import type { Query } from '../wire/parameters.ts'

/** A look-up that needs the database alone. */
export type LookUp = Operation & {
  answer(asked: { database: Database; accountId: string; query: Query }): Promise<object>
}
