import { type Kysely, sql } from 'kysely'

/** Names in today's ledger/header-lines.ts: this migration must stay unchanged when that file changes. */
const apart = ['blank', 'header']

type Row = { id: number; rejected_lines: number | null; header_lines: number | null; rejected_json: string | null }

/** Counts headers and blank lines apart from rejected lines, also for batches that are there. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('batch').addColumn('header_lines', 'bigint').execute()
  await sql`update batch set header_lines = 0 where rejected_lines is not null`.execute(db)
  const batches = db as Kysely<{ batch: Row }>
  const rows = await batches
    .selectFrom('batch')
    .select(['id', 'rejected_lines', 'rejected_json'])
    .where((eb) => eb.or(apart.map((reason) => eb('rejected_json', 'like', `%"${reason}"%`))))
    .execute()
  for (const { id, rejected_lines: rejected, rejected_json: json } of rows) {
    const reasons = JSON.parse(json ?? '[]') as [string, number][]
    const headers = reasons.reduce((sum, [reason, lines]) => (apart.includes(reason) ? sum + lines : sum), 0)
    await batches
      .updateTable('batch')
      .set({ header_lines: headers, rejected_lines: Number(rejected ?? 0) - headers })
      .where('id', '=', id)
      .execute()
  }
}
