import { sql } from 'kysely'
import { expect, it, onTestFinished } from 'vitest'
import { migrate } from '../../src/ports/database/database.ts'
import type { CreatePlace } from '../harness/database.ts'

/** Batches of the build before, whose headers and blank lines were rejected lines. */
const before: [id: number, rejected: number | null, json: string | null][] = [
  [1, 5, '[["fields",3],["blank",1],["header",1]]'],
  [2, 4, '[["fields",4]]'],
  [3, null, null],
]

/** The migration corrects the figures of batches from before headers were counted apart. */
export function headerLinesContract(createPlace: CreatePlace) {
  it('counts headers and blank lines apart in batches that are there', async () => {
    const place = await createPlace()
    onTestFinished(place.remove)
    const old = await place.connect((queries) => migrate(queries, '0018-keys-and-audit'))
    for (const [id, rejected, json] of before) {
      await sql`insert into batch (id, state, account_id, loaded_by, name, source, format, service_area, owner,
        content_path, compression, delivery, force, content_is_spooled, attempts, created_at_ms, updated_at_ms,
        may_deliver, rejected_lines, rejected_json) values (${id}, 'loaded', 'one', 'key', 'a.log', 'edge', 'auto', 'area', 'me',
        '/a', 'none', 'file', 0, 0, 0, 1, 1, 'any', ${rejected}, ${json})`.execute(old.queries)
    }
    await old.close()
    const database = await place.connect()
    onTestFinished(database.close)
    const rows = await database.queries
      .selectFrom('batch')
      .select(['id', 'rejected_lines', 'header_lines', 'rejected_json'])
      .orderBy('id')
      .execute()
    expect(rows).toEqual([
      { id: 1, rejected_lines: 3, header_lines: 2, rejected_json: before[0]?.[2] },
      { id: 2, rejected_lines: 4, header_lines: 0, rejected_json: before[1]?.[2] },
      { id: 3, rejected_lines: null, header_lines: null, rejected_json: null },
    ])
  })
}
