import type { Language } from '../../statistics/languages.ts'
import type { UnknownClients } from '../reports/unknown-clients.ts'

const texts = {
  en: {
    label: 'Clients of unknown country',
    figures: (requests: string, bytes: string) => `${requests} requests, ${bytes} bytes of this range and area`,
    dropped: 'not known: what it is counted from is partly dropped',
  },
  zh: {
    label: '国家未知的客户端',
    figures: (requests: string, bytes: string) => `本时间范围与服务区域内${requests}个请求，${bytes} Byte`,
    dropped: '未知：所需数据已部分删除',
  },
} as const

/** A label, and how much of a range's traffic is of clients whom nobody knows; in the file's language. */
export function unknownNote(
  clients: UnknownClients | null,
  language: Language,
): readonly [label: string, text: string] {
  const text = texts[language]
  if (clients === null) return [text.label, text.dropped]
  return [text.label, text.figures(String(clients.requests), clients.flux)]
}

/** False if there is nothing to note: all clients are known. */
export const hasUnknown = (clients: UnknownClients | null): boolean => clients === null || clients.requests > 0
