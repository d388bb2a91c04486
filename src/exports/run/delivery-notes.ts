import type { Language } from '../../statistics/languages.ts'
import { localTime } from '../../statistics/time-range.ts'
import type { FaultyDeliveries } from '../reports/faulty-deliveries.ts'

const texts = {
  en: {
    refused: 'Refused file',
    refusedFile: (name: string, source: string, code: string) => `${name} of source ${source}: ${code}`,
    silence: 'Unexpected silence',
    silent: (source: string, span: string, domains: string) => `source ${source}, ${span}: ${domains}`,
    surplus: 'Too many files',
    surplusOf: (domain: string, day: string, come: number, due: number) =>
      `${domain}, ${day}: ${come} came and ${due} are stated; requests may count twice`,
    lost: 'Rejected lines',
    lostOf: (source: string | null, files: number, reasons: string) =>
      `${source === null ? 'the operator’s sources' : `source ${source}`}, ${files} loaded file${files === 1 ? '' : 's'}: ${reasons}; in no figure`,
    more: 'More of these',
  },
  zh: {
    refused: '拒收文件',
    refusedFile: (name: string, source: string, code: string) => `${name}，日志来源${source}：${code}`,
    silence: '意外静默',
    silent: (source: string, span: string, domains: string) => `日志来源${source}，${span}：${domains}`,
    surplus: '文件过多',
    surplusOf: (domain: string, day: string, come: number, due: number) =>
      `${domain}，${day}：收到${come}个，应为${due}个；请求可能重复计算`,
    lost: '无效行',
    lostOf: (source: string | null, files: number, reasons: string) =>
      `${source === null ? '运营方日志来源' : `日志来源${source}`}，已加载文件${files}个：${reasons}；未计入任何数据`,
    more: '其余条数',
  },
} as const

/** Most notes: people read them. `fluxport month` has them all. */
const notesMax = 50
const domainsShown = 3

/**
 * Notes of a bill on what may lack in buckets that look whole: deliveries of sources of which nothing is stated, and
 * rejected lines.
 * @returns pairs of a label and a text, in the file's language
 */
export function deliveryNotes(
  { refused, silences, surplus, lost }: FaultyDeliveries,
  { language, timeZone }: { language: Language; timeZone: string },
): (readonly [label: string, text: string])[] {
  const text = texts[language]
  const time = (timeMs: number) => localTime(timeMs, timeZone).slice(0, 16)
  const notes = [
    ...refused.map((one) => [text.refused, text.refusedFile(one.name, one.source, one.errorCode)] as const),
    ...silences.map(({ source, startMs, endMs, domains }) => {
      const more = domains.length > domainsShown ? `, +${domains.length - domainsShown}` : ''
      const span = `${time(startMs)} – ${time(endMs)}`
      return [text.silence, text.silent(source, span, `${domains.slice(0, domainsShown).join(', ')}${more}`)] as const
    }),
    ...surplus.map(
      ({ domain, day, come, due }) =>
        [text.surplus, text.surplusOf(domain, time(day.startMs).slice(0, 10), come, due)] as const,
    ),
    ...lost.map(({ source, files, reasons }) => [text.lost, text.lostOf(source, files, reasons)] as const),
  ]
  if (notes.length <= notesMax) return notes
  return [...notes.slice(0, notesMax), [text.more, String(notes.length - notesMax)] as const]
}
