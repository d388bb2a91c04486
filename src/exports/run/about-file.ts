import type { NamedAccount } from '../../accounts/whose.ts'
import { localTime } from '../../statistics/time-range.ts'
import { programVersion } from '../../version.ts'
import type { About } from '../files/file-format.ts'
import type { Coverage } from '../reports/coverage-summary.ts'
import { billingRuleText } from '../request/billing-rule.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { aboutCoverage } from './about-coverage.ts'
import type { Claim } from './claim.ts'

/** A workbook's second sheet: everything that determines its figures, in the file's language. */
export function aboutFile(
  claim: Claim,
  request: ExportRequest,
  found: { domains: string[]; coverage: Coverage; rows: number; account: NamedAccount | null },
): About {
  const text = texts[request.language]
  const time = (timeMs: number | null) => (timeMs === null ? '-' : localTime(timeMs, request.timeZone))
  const list = (codes: string[] | null) => codes?.join(', ') ?? 'all'
  return {
    title: text.title,
    cutCellsLabel: text.cutCells,
    lines: [
      [text.product, `Fluxport ${programVersion}`],
      [text.account, claim.task.account_id],
      ...(found.account ? [[text.dataOf, accountText(found.account)] as const] : []),
      ['action', request.action],
      [text.domains, request.domains === null ? `all (${found.domains.length})` : found.domains.join(', ')],
      [text.range, `${time(request.startTimeMs)} – ${time(request.endTimeMs)}`],
      [text.timeZone, request.timeZone],
      ['interval (s)', request.intervalSeconds],
      ['group_by', request.groupBy ?? '-'],
      ['service_area', request.serviceArea],
      ['stat_type', request.statType],
      ['country', list(request.countries)],
      ['province', list(request.provinces)],
      ['isp', list(request.carriers)],
      [text.units, text.unitsValue],
      [text.dataVersion, claim.version.shownVersion],
      [text.dataChanged, time(claim.version.changedAtMs)],
      [text.covered, found.coverage.domains_with_data],
      [text.notCovered, found.coverage.domains_without_data],
      [text.loggedUntil, time(found.coverage.logged_until)],
      ...aboutCoverage(found.coverage, request.language, time),
      [text.rows, found.rows],
      ...(request.billing ? [[text.rule, billingRuleText(request.billing, request.language)] as const] : []),
    ],
  }
}

const accountText = ({ id, name }: NamedAccount): string => (name === null ? id : `${name} (${id})`)

const texts = {
  en: {
    title: 'About',
    product: 'Made by',
    account: 'Account',
    dataOf: 'Data of account',
    domains: 'Domains',
    range: 'Range, end exclusive',
    timeZone: 'Time zone',
    units: 'Units',
    unitsValue:
      'Traffic in bytes; bandwidth in bit/s: bytes × 8 / seconds of the bucket. A bucket is named by its start.',
    dataVersion: 'Data version',
    dataChanged: 'Data changed last',
    covered: 'Domains with logs since the start',
    notCovered: 'Domains without',
    loggedUntil: 'Last bucket with a request',
    rows: 'Rows',
    rule: 'Billing rule',
    cutCells: 'Texts cut at 32,767 characters',
  },
  zh: {
    title: '说明',
    product: '生成程序',
    account: '账号',
    dataOf: '数据所属账号',
    domains: '域名',
    range: '时间范围（不含结束时间）',
    timeZone: '时区',
    units: '单位',
    unitsValue: '流量单位为Byte；带宽单位为bit/s，即字节数×8÷时间粒度秒数。时间为时间段的开始。',
    dataVersion: '数据版本',
    dataChanged: '数据最近变更时间',
    covered: '起始时间后有日志的域名数',
    notCovered: '无日志的域名数',
    loggedUntil: '最后有请求的时间段',
    rows: '行数',
    rule: '计费规则',
    cutCells: '在32767个字符处截断的文本数',
  },
} as const
