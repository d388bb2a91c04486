import type { BucketState } from '../../coverage/bucket-states.ts'
import type { Language } from '../../statistics/languages.ts'
import type { Coverage } from '../reports/coverage-summary.ts'

/** Most lines of the sheet, which people read; the manifest has more. */
const rangesShown = 100
const sourcesShown = 100

/**
 * The lines on coverage of a workbook's second sheet.
 * @param time formats an instant in the file's zone, `-` for null
 */
export function aboutCoverage(
  coverage: Coverage,
  language: Language,
  time: (timeMs: number | null) => string,
): (readonly [string, string | number])[] {
  const text = texts[language]
  const more = coverage.ranges_total - rangesShown
  const moreSources = coverage.sources.length - sourcesShown
  return [
    [text.judgedAt, time(coverage.judged_at)],
    [text.final, coverage.buckets.final],
    [text.provisional, coverage.buckets.provisional],
    [text.missing, coverage.buckets.missing],
    ...coverage.sources
      .slice(0, sourcesShown)
      .map((one) => [`${text.source} ${one.source}`, sourceText(one, language, time)] as const),
    ...(moreSources > 0 ? [[text.sources, text.andMore(moreSources)] as const] : []),
    ...coverage.ranges
      .slice(0, rangesShown)
      .map((one) => [text.states[one.state], `${time(one.start_time)} – ${time(one.end_time)}`] as const),
    ...(more > 0 ? [[text.ranges, text.andMore(more)] as const] : []),
  ]
}

function sourceText(one: Coverage['sources'][number], language: Language, time: (timeMs: number | null) => string) {
  const { watermark, least, rejected, late } = texts[language]
  return `${watermark} ${time(one.watermark)}, ${least} ${time(one.watermark_least)}; ${rejected} ${one.rejected_lines}; ${late} ${one.late_lines}`
}

const texts: Record<
  Language,
  Record<
    'judgedAt' | BucketState | 'source' | 'sources' | 'ranges' | 'watermark' | 'least' | 'rejected' | 'late',
    string
  > & { states: Record<BucketState, string>; andMore: (count: number) => string }
> = {
  en: {
    judgedAt: 'Coverage judged at',
    final: 'Final buckets',
    provisional: 'Provisional buckets',
    missing: 'Missing buckets',
    source: 'Source',
    sources: 'Sources',
    ranges: 'Ranges',
    watermark: 'reported to',
    least: 'every domain to',
    rejected: 'rejected lines',
    late: 'late lines',
    states: { final: 'Final', provisional: 'Provisional', missing: 'Missing' },
    andMore: (count) => `and ${count} more`,
  },
  zh: {
    judgedAt: '完整性判定时间',
    final: '最终时间段数',
    provisional: '暂定时间段数',
    missing: '缺失时间段数',
    source: '日志来源',
    sources: '日志来源',
    ranges: '时间段',
    watermark: '已上报至',
    least: '全部域名至',
    rejected: '无效行数',
    late: '迟到行数',
    states: { final: '最终', provisional: '暂定', missing: '缺失' },
    andMore: (count) => `另有${count}条`,
  },
}
