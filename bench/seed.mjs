// A load that the ledger counts, whose rows a bench writes straight into the engine: parsing is another bench's matter.
import { join } from 'node:path'
import { openSqlite } from '../dist/ports/database/sqlite.js'
import { startServer } from './server.mjs'

const batch = {
  state: 'forgotten',
  account_id: '',
  loaded_by: '',
  name: 'bench',
  source: '',
  format: '',
  service_area: '',
  owner: '',
  content_path: '',
  compression: 'none',
  delivery: 'file',
}

/** @param rollUp whether reports may read the rollups of load 1: a bench that fills them says `done` */
export async function seedLoad(dataDir, domains, rollUp) {
  await (await startServer(dataDir)).stop()
  const database = await openSqlite(join(dataDir, 'fluxport.sqlite'))
  const { queries } = database
  await queries.updateTable('counter').set({ value: 1 }).execute()
  await queries
    .insertInto('batch')
    .values({ id: 1, ...batch, force: 0, content_is_spooled: 0, attempts: 0, created_at_ms: 0, updated_at_ms: 0 })
    .execute()
  const load = { load_id: 1, batch_id: 1, visible_version: 1, forgotten_version: null }
  await queries
    .insertInto('load')
    .values({ ...load, state: 'visible', roll_up: rollUp })
    .execute()
  for (const name of domains)
    await queries.insertInto('domain').values({ name, account_id: null, created_at_ms: 0 }).execute()
  await database.close()
}
