import type { GetAnswer } from '../api/client.ts'
import { useFormats } from '../language/formats.ts'
import { useLanguage } from '../language/language.ts'

type Fault = GetAnswer<'/api/v1/month-deliveries'>['faults'][number]
/** A fault's parts in words: its source, time and domains. */
type Parts = { source: string; span: string; domains: string; batch: string }

/** Faults of deliveries in Chinese, by kind; the API's texts are English. `isWhole`: nothing of its text is missing here. */
const chinese: Readonly<Record<Fault['kind'], { isWhole: boolean; say(parts: Parts): string }>> = {
  missing: { isWhole: true, say: ({ source, span, domains }) => `${source}缺少 ${span} 的文件：${domains}` },
  provisional: {
    isWhole: true,
    say: ({ source, span, domains }) => `${source} ${span} 尚未全部到达或未过延迟：${domains}`,
  },
  silent: { isWhole: true, say: ({ source, span, domains }) => `${source}未上报 ${span} 的任何内容：${domains}` },
  unexpected_silence: { isWhole: false, say: ({ source, span, domains }) => `${source} ${span} 意外中断：${domains}` },
  refused: {
    isWhole: false,
    say: ({ source, batch, span }) => `${source}${span === '' ? '' : `${span} `}的批次 ${batch} 被拒`,
  },
  surplus: { isWhole: false, say: ({ span, domains }) => `${domains} ${span} 的文件多于声明数量，请检查是否重复计数` },
  out_of_line: { isWhole: false, say: ({ span, domains }) => `${domains} ${span} 的请求数与同星期几相差一倍以上` },
  rejected: { isWhole: false, say: ({ source }) => `${source}已加载的文件中有被拒行，未计入任何数据` },
}

/** Words for a fault in the person's language. `details`: the API's text, where the sentence leaves something of it out. */
export function useFaultText(zone: string): (fault: Fault) => { says: string; details: string | null } {
  const language = useLanguage()
  const { time } = useFormats()
  const spanOf = ({ start_time: from, end_time: until }: Fault) => {
    if (from === null || until === null) return ''
    const [start, end, last] = [time(from, zone), time(until, zone), time(until - 1, zone)]
    const areDays = start.endsWith(' 00:00') && end.endsWith(' 00:00')
    if (!areDays) return `${start} 至 ${end}`
    return start.slice(0, 10) === last.slice(0, 10)
      ? start.slice(0, 10)
      : `${start.slice(0, 10)} 至 ${last.slice(0, 10)}`
  }
  return (fault) => {
    if (language !== 'zh') return { says: fault.text, details: null }
    const more = fault.domains - fault.domain_names.length
    const domains = fault.domain_names.join('、') + (more > 0 ? ` 等 ${fault.domains} 个域名` : '')
    const source = fault.source === null ? '' : `来源 ${fault.source} `
    const { say, isWhole } = chinese[fault.kind]
    const isOfNobody = fault.kind === 'missing' && fault.source === null
    const says = isOfNobody
      ? `没有来源上报 ${spanOf(fault)}：${domains}`
      : say({ source, domains, span: spanOf(fault), batch: String(fault.batch_id) })
    return { says, details: isWhole ? null : fault.text }
  }
}
