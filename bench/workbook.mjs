// A workbook of a million rows: our writer against exceljs' streaming one, both fed the same lines, each run in a process
// of its own so that its peak of memory is its own.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pairCount, report } from './measure.mjs'
import { command } from './server.mjs'

const rowCount = 1_000_000
const peerVersion = '4.4.0'
const cache = fileURLToPath(new URL('../node_modules/.cache/bench', import.meta.url))
const writer = fileURLToPath(new URL('workbook-writer.mjs', import.meta.url))

/** Four texts and eight numbers a row, as the engine writes them: tab-separated. */
async function writeLines(path) {
  const out = createWriteStream(path)
  for (let n = 0; n < rowCount; n++) {
    const row = [
      `2026-10-01 ${String(n % 24).padStart(2, '0')}:05:00`,
      `d${n % 386}.example.com`,
      `/路径/${n}?a=1&b=<${n % 7}>`,
      `Mozilla/5.0 (X11) ${n % 999}`,
      ...Array.from({ length: 8 }, (_, i) => String((n * 7919 + i * 104_729) % 999_999_937)),
    ]
    if (!out.write(`${row.join('\t')}\n`)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'finish')
}

/** Seconds and peak memory (MiB, the process as a whole) of one run. */
async function run(which, lines, directory) {
  const child = spawn(process.execPath, [writer, which, lines, join(directory, `${which}.xlsx`), cache], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (piece) => {
    said += piece
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${which} ended with ${code}`)
  return JSON.parse(said)
}

export async function benchWorkbook() {
  if (!existsSync(join(cache, 'node_modules', 'exceljs'))) {
    mkdirSync(cache, { recursive: true })
    await command('npm', ['install', '--no-save', '--no-audit', '--prefix', cache, `exceljs@${peerVersion}`])
  }
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const lines = join(directory, 'rows.tsv')
  try {
    await writeLines(lines)
    const runs = []
    for (let i = 0; i <= pairCount; i++)
      runs.push([await run('exceljs', lines, directory), await run('fluxport', lines, directory)])
    const counted = runs.slice(1) // the first is the warm-up
    report(
      'workbook of 1,000,000 × 12: exceljs’ streaming writer / ours, time',
      counted.map(([peer, ours]) => peer.seconds / ours.seconds),
      { atLeast: 1.5 },
      `${counted[0][0].seconds.toFixed(1)} s / ${counted[0][1].seconds.toFixed(1)} s in the first pair`,
    )
    report(
      'the same: ours / exceljs, peak memory',
      counted.map(([peer, ours]) => ours.peakMiB / peer.peakMiB),
      { atMost: 0.25 },
      `${counted[0][1].peakMiB.toFixed(0)} MiB / ${counted[0][0].peakMiB.toFixed(0)} MiB in the first pair`,
    )
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
