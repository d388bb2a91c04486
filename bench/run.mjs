// npm run bench [-- tasks|top|many|workbook|export|ingest|files|formats|geo|growth|usage|console …]: prints a table of ratios with their ranges. Takes an hour in full, most of
// it GoAccess's; --goaccess-pairs N shortens that. --formats A,B: those alone.
// --lines N: of the log of ingest.
// --layouts days,hours,hidden: of usage. --keep DIR: where its rows are written, or lie already.
import { parseArgs } from 'node:util'
import { benchConsole } from './console.mjs'
import { benchExport } from './export.mjs'
import { benchFiles } from './files.mjs'
import { benchFormats } from './formats.mjs'
import { benchGeo } from './geo.mjs'
import { benchGrowth } from './growth.mjs'
import { benchIngest } from './ingest.mjs'
import { benchMany } from './many.mjs'
import { benchTasks } from './tasks.mjs'
import { benchTop } from './top.mjs'
import { benchUsage } from './usage.mjs'
import { benchWorkbook } from './workbook.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'goaccess-pairs': { type: 'string', default: '7' },
    pairs: { type: 'string', default: '7' },
    formats: { type: 'string' },
    lines: { type: 'string', default: '4000000' },
    batches: { type: 'string', default: '1000000' },
    layouts: { type: 'string' },
    rounds: { type: 'string', default: '21' },
    keep: { type: 'string' },
    'idle-seconds': { type: 'string', default: '300' },
  },
})
const benches = {
  tasks: benchTasks,
  top: benchTop,
  many: benchMany,
  workbook: benchWorkbook,
  export: benchExport,
  console: () => benchConsole({ rounds: Number(values.rounds) }),
  files: () => benchFiles({ pairs: Number(values.pairs) }),
  formats: () => benchFormats({ pairs: Number(values.pairs), only: values.formats?.split(',') }),
  growth: () => benchGrowth({ batches: Number(values.batches), idleSeconds: Number(values['idle-seconds']) }),
  usage: () => benchUsage({ rounds: Number(values.rounds), only: values.layouts?.split(','), keep: values.keep }),
  geo: () => benchGeo({ pairs: Number(values.pairs) }),
  ingest: () =>
    benchIngest({
      lines: Number(values.lines),
      pairs: Number(values.pairs),
      goaccessPairs: Number(values['goaccess-pairs']),
    }),
}
const chosen = positionals.length > 0 ? positionals : Object.keys(benches)
console.log('| what | median (min … max) | target | | |\n|---|---|---|---|---|')
for (const name of chosen) {
  if (!benches[name]) throw new Error(`no bench ${name}: ${Object.keys(benches).join(', ')}`)
  await benches[name]()
}
