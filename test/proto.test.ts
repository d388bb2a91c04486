import { describe, expect, it } from 'vitest'
import { writeFileSync } from 'node:fs'
import { startTestEngine } from './harness/engine.ts'
import { loadStatements, loadParameters, insertUsageSql, loadSummarySql } from '../src/ingest/load-statements.ts'
import { formatByName } from '../src/ingest/formats/log-format.ts'

it('proto', async () => {
  const e = await startTestEngine()
  const log = '/tmp/proto.log'
  writeFileSync(log, [
    '[01/Sep/2026:08:00:01 +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "www.example.test" "/a/b.jpg" 200 10240 HIT "Mozilla/5.0 (X11)" "bytes=0-1023" 203.0.113.9',
    '[01/Sep/2026:08:00:01 +0800] 198.51.100.7 35 "a"b" "HTTP/1.1" "GET" "www.Example.test:80" "/a/"b.jpg" 200 10240 HIT "Moz"i"lla/5.0 (X11)" "-"\r',
    'rubbish', '', '[01/Xep/2026:08:00:01 +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "www.example.test" "/a/b.jpg" 200 10240 HIT "Mozilla/5.0 (X11)" "bytes=0-1023" 203.0.113.9',
  ].join('\n'))
  const st = loadStatements(formatByName('huawei_offline')!)
  const p = loadParameters({ loadId: 1, serviceArea: 'mainland_china', defaultDomain: '', allowedDomains: [], linesBefore: 0, nowMs: Date.now() })
  const run = (queryId: string) => ({ queryId, signal: new AbortController().signal, settings: { max_insert_threads: 2 } })
  console.log(await e.warehouse.insertLines(st.requests, { path: log, compression: 'none' }, p, run('a')))
  console.log(await e.warehouse.insertLines(st.rejected, { path: log, compression: 'none' }, p, run('b')))
  console.log(await e.warehouse.rows('select * from request'))
  console.log(JSON.stringify(await e.warehouse.rows('select * from rejected')))
  for (let i = 0; i < 3; i++) {
    const t = Date.now()
    const c = await e.warehouse.insertLines(st.requests, { path: '/tmp/huawei4m.log', compression: 'none' }, { ...p, loadId: 2 + i }, run('c'))
    const t1 = Date.now()
    await e.warehouse.command(insertUsageSql, { loadId: 2 + i })
    const t2 = Date.now()
    const s = await e.warehouse.rows<any>(loadSummarySql, { loadId: 2 + i })
    console.log(c, t1 - t, t2 - t1, Date.now() - t2, s[0].requests, s[0].firstTimeMs)
  }
  await e.stop()
})
