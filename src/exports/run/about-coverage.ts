import type { BucketState } from '../../coverage/state-words.ts'
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
    [text.reported, coverage.buckets.reported],
    [text.provisional, coverage.buckets.provisional],
    [text.missing, coverage.buckets.missing],
    [text.refused, coverage.buckets.refused],
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
    reported: 'Reported buckets (no cadence stated)',
    provisional: 'Provisional buckets',
    missing: 'Missing buckets',
    refused: 'Refused buckets (a file came and was not taken)',
    source: 'Source',
    sources: 'Sources',
    ranges: 'Ranges',
    watermark: 'reported to',
    least: 'every domain to',
    rejected: 'rejected lines',
    late: 'late lines',
    states: {
      final: 'Final',
      reported: 'Reported',
      provisional: 'Provisional',
      missing: 'Missing',
      refused: 'Refused',
    },
    andMore: (count) => `and ${count} more`,
  },
  zh: {
    judgedAt: '完整性判定时间',
    final: '最终时间段数',
    reported: '已上报时间段数（未声明交付规律）',
    provisional: '暂定时间段数',
    missing: '缺失时间段数',
    refused: '拒收时间段数（文件已到但未采用）',
    source: '日志来源',
    sources: '日志来源',
    ranges: '时间段',
    watermark: '已上报至',
    least: '全部域名至',
    rejected: '无效行数',
    late: '迟到行数',
    states: { final: '最终', reported: '已上报', provisional: '暂定', missing: '缺失', refused: '拒收' },
    andMore: (count) => `另有${count}条`,
  },
}
