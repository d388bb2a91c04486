import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import BetterSqlite3 from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hostileBackups } from '../harness/hostile-backup.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer } from '../harness/server.ts'

const { at, altered, restore, expectRefused, masterKey } = hostileBackups()

describe('a row of the database', () => {
  const first = (change: Json) => (rows: Json[]) => rows.map((row, i) => (i === 0 ? { ...row, ...change } : row))
  it.each<[string, string, Json]>([
    ['a column that is SQL', 'account', { 'name") values (1)--': 'x' }],
    ['a column that there is not', 'account', { is_admin: 1 }],
    ['a number that is text', 'account', { created_at_ms: '1; drop table account' }],
    ['a number that is a list', 'account', { created_at_ms: [1] }],
    ['a number beyond 2^53', 'account', { created_at_ms: 1e300 }],
    ['text that is an object', 'account', { name: { raw: 'now()' } }],
    ['text with NUL', 'account', { name: 'a\u0000b' }],
    ['an account that is a path', 'account', { id: '../../x' }],
    ['a default delimiter of more than one character', 'account', { default_csv_delimiter: ';=1' }],
    ['a default zone that is SQL', 'account', { default_time_zone: `UTC')) UNION ALL SELECT 1 --` }],
    ['an area that there is not', 'account', { default_service_area: 'moon' }],
    ['a role that there is not', 'access_key', { role: 'root' }],
    ['a task that is a path', 'export_task', { id: '../../../etc' }],
    ['an artifact elsewhere', 'export_task', { artifact_key: '../../../etc/passwd' }],
    ['another task’s artifact', 'export_task', { artifact_key: `${'0'.repeat(32)}/1/x.csv` }],
    ['files elsewhere', 'export_task', { files_json: '[{"name":"x","key":"/etc/passwd","sha256":"00"}]' }],
    ['a name that ends a header', 'export_task', { file_name: 'x"\r\nSet-Cookie: a=b' }],
    ['a request that is no JSON', 'export_task', { request_json: '{' }],
    ['a request of no report', 'export_task', { request_json: '{"action":"__proto__","startTimeMs":1,"endTimeMs":2}' }],
    ['a class of lines that is none', 'batch', { count_also_json: '["everything"]' }],
    ['a piece of a line that is none', 'batch', { open_pieces_json: '[{"stream":1}]' }],
    ['a zone that is SQL', 'batch', { log_zone: `UTC')) UNION ALL SELECT 1 --` }],
    ['a compression that there is not', 'batch', { compression: 'lz77' }],
    ['ranges that are no JSON', 'batch', { ranges_json: '[[0,' }],
    ['a source that there is not', 'webhook_delivery', { attempts_json: 'null' }],
  ])('is refused with %s', async (_, table, change) => {
    const path = await altered('row', (backup) => backup.rows(table, first(change)))
    await expectRefused(path, new RegExp(`database/${table} has a (row|column)`))
  })

  it('is refused when it is no row at all', async () => {
    for (const row of [1, 'x', null, [1]])
      await expectRefused(
        await altered('none', (b) => b.rows('domain', (rows) => [...rows, row])),
        /a row that is none/,
      )
    const torn = await altered('torn', (backup) => backup.put('database/domain.jsonl.gz', Buffer.from('no gzip')))
    await expectRefused(torn, /database\/domain\.jsonl\.gz is damaged: it cannot be unpacked/)
  })
})

describe('what a restored server does by itself', () => {
  /** Rows as they are after the restore. */
  function rowsIn(dataDir: string, sql: string): unknown[] {
    const ledger = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'), { readonly: true })
    onTestFinished(() => void ledger.close())
    return ledger.prepare(sql).all()
  }

  it('opens no path that stood in the backup: waiting paths come back as failed, spooled bytes from the backup alone', async () => {
    const secret = at('secret.log')
    await writeFile(secret, huaweiLine({ path: '/stolen' }))
    const waiting = { state: 'queued', content_path: secret, compression: 'none', attempts: 0 }
    const path = await altered('paths', async (backup) => {
      await backup.rows('batch', (rows) => [
        ...rows,
        { ...rows[0], id: 101, ...waiting, content_is_spooled: 0, content_sha256: null, idempotency_key: null },
        { ...rows[0], id: 102, ...waiting, content_is_spooled: 1, content_sha256: null, idempotency_key: null },
        { ...rows[0], id: 103, ...waiting, content_is_spooled: 1, content_path: '../../secret.log' },
      ])
    })
    const { dataDir } = await restore(path)
    const rows = rowsIn(dataDir, 'select id, state, content_path, error_message from batch where id > 100')
    expect(rows).toEqual([
      {
        id: 101,
        state: 'failed',
        content_path: '',
        error_message: expect.stringMatching(/path of the server’s own host/),
      },
      { id: 102, state: 'failed', content_path: '', error_message: expect.stringMatching(/lay with another server/) },
      { id: 103, state: 'failed', content_path: '', error_message: expect.stringMatching(/lay with another server/) },
    ])
    expect(await readFile(secret, 'utf8')).toContain('/stolen')
  })

  it('signs nobody in: a link to the console is in no backup, and refused in one', async () => {
    const path = await altered('link', async (backup) => {
      const file = { path: 'database/console_link.jsonl.gz', table: 'console_link', rows: 1, bytes: 0, sha256: '' }
      backup.manifest.files.push(file)
      const row = { token_sha256: '0'.repeat(64), access_key: 'FLX00000000000000000', expires_at_ms: 2 ** 52 }
      await backup.put(file.path, gzipSync(`${JSON.stringify(row)}\n`))
    })
    await expectRefused(path, /rows of a table that this schema has not/)
  })

  it('posts to no address that a create would refuse, and starts whatever counter the backup has', async () => {
    const path = await altered('hooks', async (backup) => {
      await backup.rows('webhook_delivery', (rows) =>
        rows.map((row) => ({ ...row, state: 'waiting', url: 'http://127.0.0.1:9/?query=SELECT', next_at_ms: 0 })),
      )
      await backup.rows('counter', (rows) => [...rows, { name: 'restoring', value: 1, changed_at_ms: null }])
    })
    const { dataDir } = await restore(path)
    const server = await startTestServer({ dataDir, masterKey: masterKey() })
    onTestFinished(() => server.stop())
    expect(rowsIn(dataDir, 'select state from webhook_delivery')).toEqual([{ state: 'failed' }])
  })
})
