import type { Language } from '../../statistics/languages.ts'
import type { ServiceArea } from '../../statistics/service-areas.ts'
import type { Action } from '../request/actions.ts'
import type { ExportRequest } from '../request/export-request.ts'

/** Words for the values of a request's parameters, in the languages of files. */

export const actionNames: Record<Language, Record<Action, string>> = {
  en: {
    reports_detail: 'Usage',
    top_url_detail: 'Top URLs',
    top_ua_detail: 'Top user agents',
    top_referer_detail: 'Top referrers',
    top_ip_detail: 'Top client addresses',
    isp_detail: 'Traffic by carrier',
    top_path_detail: 'Top paths',
    uv: 'Unique visitors',
    billing_summary: 'Figures for a bill, by month',
    bill: 'Bill',
  },
  zh: {
    reports_detail: '用量明细',
    top_url_detail: '热门URL',
    top_ua_detail: '热门UA',
    top_referer_detail: '热门Referer',
    top_ip_detail: '热门客户端IP',
    isp_detail: '运营商明细',
    top_path_detail: '热门路径',
    uv: '独立访客',
    billing_summary: '月度计费数据',
    bill: '账单',
  },
}

export const areaNames: Record<Language, Record<ServiceArea, string>> = {
  en: {
    global: 'Global',
    mainland_china: 'Mainland China',
    outside_mainland_china: 'Outside mainland China',
  },
  zh: { global: '全球', mainland_china: '中国大陆', outside_mainland_china: '中国大陆境外' },
}

export const rankingNames: Record<Language, Record<ExportRequest['statType'], string>> = {
  en: { flux: 'Traffic', req_num: 'Requests' },
  zh: { flux: '流量', req_num: '请求数' },
}

/** `5 minutes` for 300. */
export function durationText(seconds: number, language: Language): string {
  const isHour = seconds === 3600
  if (language === 'zh') return isHour ? '1小时' : `${seconds / 60}分钟`
  return isHour ? '1 hour' : `${seconds / 60} minutes`
}
