/** A value that a text in OpenMetrics has; `time` in unix s, null for the scrape's own. */
export type Sample = { name: string; labels: Record<string, string>; value: number; time: number | null }

const label = `[a-zA-Z_]\\w*="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"`
const sampleLine = new RegExp(`^([a-zA-Z_:][\\w:]*)(?:\\{(${label}(?:,${label})*)\\})? (\\S+)(?: (\\S+))?$`)
const plain = (text: string) => text.replace(/\\(.)/g, (_, one: string) => (one === 'n' ? '\n' : one))

/**
 * Reads a text in OpenMetrics 1.0, gauges and infos alone, as strictly as the standard has it.
 * @throws Error for the first line that is wrong: a sample without its family, a family or series twice, no end
 */
export function readOpenMetrics(text: string): Sample[] {
  if (!text.endsWith('\n# EOF\n')) throw new Error('it does not end with # EOF')
  const samples: Sample[] = []
  const seen = new Set<string>()
  let family = { name: '', type: '' }
  for (const line of text.slice(0, -'# EOF\n'.length).split('\n').slice(0, -1)) {
    const [, word, name = '', rest = ''] = /^# (TYPE|UNIT|HELP) (\S+) (.+)$/.exec(line) ?? []
    if (word === undefined) {
      const sample = readSample(line, family)
      const series = JSON.stringify([sample.name, Object.entries(sample.labels).sort()])
      if (seen.has(series)) throw new Error(`twice: ${line}`)
      seen.add(series)
      samples.push(sample)
      continue
    }
    if (word === 'TYPE') {
      if (seen.has(`TYPE ${name}`) || !['gauge', 'info'].includes(rest)) throw new Error(line)
      seen.add(`TYPE ${name}`)
      family = { name, type: rest }
    }
    if (name !== family.name || (word === 'UNIT' && !name.endsWith(`_${rest}`))) throw new Error(line)
  }
  return samples
}

function readSample(line: string, family: { name: string; type: string }): Sample {
  const [, name = '', labels = '', value, time] = sampleLine.exec(line) ?? []
  const expected = family.type === 'info' ? `${family.name}_info` : family.name
  if (name !== expected || !Number.isFinite(Number(value))) throw new Error(line)
  if (time !== undefined && !Number.isFinite(Number(time))) throw new Error(line)
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key = '', text = '']) => [key, plain(text)])
  return {
    name,
    labels: Object.fromEntries(pairs),
    value: Number(value),
    time: time === undefined ? null : Number(time),
  }
}
