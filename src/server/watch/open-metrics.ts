import type { WholeNumber } from '../../exact-json.ts'

/** The media type of OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
export const openMetricsType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** One value of a series. */
export type Sample = {
  labels?: Readonly<Record<string, string>>
  value: WholeNumber
  /** The time of which the value is, unix ms; omit for the scrape's. */
  timeMs?: number
}

/** Series of one name. The name of a gauge with a unit ends in it; samples of an `info` are 1, and their name ends in `_info`. */
export type Family = {
  name: string
  type: 'gauge' | 'info'
  unit?: 'bytes' | 'seconds'
  /** One sentence. */
  help: string
  samples: readonly Sample[]
}

/** Writes families in the order given. */
export const openMetricsText = (families: readonly Family[]): string => `${families.map(familyText).join('')}# EOF\n`

function familyText({ name, type, unit, help, samples }: Family): string {
  const head = [
    `# TYPE ${name} ${type}`,
    ...(unit ? [`# UNIT ${name} ${unit}`] : []),
    `# HELP ${name} ${escaped(help)}`,
  ]
  const series = type === 'info' ? `${name}_info` : name
  const lines = samples.map(({ labels = {}, value, timeMs }) => {
    const time = timeMs === undefined ? '' : ` ${timeMs / 1000}`
    return `${series}${labelsText(labels)} ${value}${time}`
  })
  return [...head, ...lines].map((line) => `${line}\n`).join('')
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

const escapes: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '"': '\\"' }
const escaped = (text: string) => text.replace(/[\\\n"]/g, (found) => escapes[found] ?? found)
