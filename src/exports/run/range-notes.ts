import { localTime, partMonths } from '../../statistics/time-range.ts'
import type { ExportRequest } from '../request/export-request.ts'

const texts = {
  en: {
    cut: 'Range cut',
    cutAt: (time: string) => `at ${time}: what was asked beyond lay in the future`,
    part: 'Part of a month',
  },
  zh: {
    cut: '时间范围已截断',
    cutAt: (time: string) => `截至${time}：其后的时间尚未到来`,
    part: '非整月',
  },
} as const

/**
 * Notes on a range that is cut at the present, and on a bill's first and last month where it has only a part of them.
 * @returns pairs of a label and a text, in the file's language
 */
export function rangeNotes(request: ExportRequest): (readonly [label: string, text: string])[] {
  const text = texts[request.language]
  const time = (timeMs: number) => localTime(timeMs, request.timeZone)
  const cut = request.isCut ? [[text.cut, text.cutAt(time(request.endTimeMs))] as const] : []
  if (request.billing === null) return cut
  const parts = partMonths(request, request.timeZone).map(
    (month) => [text.part, `${month.name}: ${time(month.startTimeMs)} – ${time(month.endTimeMs)}`] as const,
  )
  return [...cut, ...parts]
}
