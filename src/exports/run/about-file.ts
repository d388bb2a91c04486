import type { NamedAccount } from '../../accounts/whose.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { carriers, countries, type Names, provinces } from '../../statistics/places.ts'
import { localTime } from '../../statistics/time-range.ts'
import { billingRuleText } from '../../usage/bills/billing-rule.ts'
import { programVersion } from '../../version.ts'
import { type About, aboutTitle } from '../files/file-format.ts'
import type { Coverage } from '../reports/coverage-summary.ts'
import type { FaultyDeliveries } from '../reports/faulty-deliveries.ts'
import type { UnknownClients } from '../reports/unknown-clients.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { hasBuckets } from '../request/export-request.ts'
import { aboutCoverage } from './about-coverage.ts'
import { actionNames, areaNames, durationText, rankingNames } from './about-words.ts'
import type { Claim } from './claim.ts'
import { deliveryNotes } from './delivery-notes.ts'
import { rangeNotes } from './range-notes.ts'
import { unknownNote } from './unknown-notes.ts'

/** Facts that an attempt has read. `rows` are those of the file. */
type Found = {
  /** The account that the file belongs to. */
  owner: NamedAccount
  /** The account whose data it has, if an operator named one. */
  account: NamedAccount | null
  domains: string[]
  coverage: Coverage
  unknownClients: UnknownClients | null
  deliveries: FaultyDeliveries
  rows: number
}
type Lines = About['lines']

/** A workbook's second sheet: everything that determines its figures, in the file's language. */
export function aboutFile(claim: Claim, request: ExportRequest, found: Found): About {
  const text = texts[request.language]
  const time = (timeMs: number | null) => (timeMs === null ? '-' : localTime(timeMs, request.timeZone))
  const range = `${time(request.startTimeMs)} – ${time(request.endTimeMs)}`
  const name = actionNames[request.language][request.action]
  return {
    title: text.title,
    fileTitle: `${name} ${range} (${request.timeZone})`,
    dataChangedAtMs: claim.version.changedAtMs,
    cutCellsLabel: text.cutCells,
    lines: [
      [text.product, `Fluxport ${programVersion}`],
      [text.account, accountText(found.owner, text.all)],
      ...(found.account ? [[text.dataOf, accountText(found.account, text.all)] as const] : []),
      [text.report, name],
      [text.domains, domainsText(request, found.domains)],
      [text.range, range],
      ...rangeNotes(request),
      ...deliveryNotes(found.deliveries, request),
      [text.timeZone, request.timeZone],
      ...askedLines(request),
      unknownNote(found.unknownClients, request.language),
      [text.units, text.unitsValue],
      [text.dataVersion, claim.version.shownVersion],
      [text.dataChanged, time(claim.version.changedAtMs)],
      [text.covered, found.coverage.domains_with_data],
      [text.notCovered, found.coverage.domains_without_data],
      [text.loggedUntil, time(loggedUntilMs(request, found.coverage))],
      ...aboutCoverage(found.coverage, request.language, time),
      [text.rows, found.rows],
      ...(request.billing ? [[text.rule, billingRuleText(request.billing, request.language)] as const] : []),
    ],
  }
}

const accountText = ({ id, name }: NamedAccount, all: string): string => (name === null ? all : `${name} (${id})`)

const domainsText = ({ domains, language }: ExportRequest, found: string[]): string =>
  domains === null ? texts[language].allDomains(found.length) : found.join(texts[language].comma)

/** Parameters of the request that have a meaning for its report. */
function askedLines(request: ExportRequest): Lines {
  const { language, action } = request
  const text = texts[language]
  const names = (codes: string[] | null, of: Readonly<Record<string, Names>>) =>
    codes?.map((code) => of[code]?.[language] ?? code).join(text.comma) ?? text.all
  const isBill = request.billing !== null
  const interval = [text.interval, durationText(request.intervalSeconds, language)] as const
  const groups = [text.groups, request.groupBy ? text.byDomain : text.inOne] as const
  const ranking = [text.ranking, rankingNames[language][request.statType]] as const
  return [
    ...(hasBuckets(action) ? [interval] : []),
    ...(isBill ? [] : [groups]),
    [text.area, areaNames[language][request.serviceArea]],
    ...(action.startsWith('top_') ? [ranking] : []),
    ...(isBill ? [] : placeLines()),
  ]

  function placeLines(): Lines {
    return [
      [text.country, names(request.countries, countries)],
      [text.province, names(request.provinces, provinces)],
      [text.carrier, names(request.carriers, carriers)],
    ]
  }
}

/** The end of the last bucket with a request, or of the range where logs go on. */
function loggedUntilMs({ endTimeMs }: ExportRequest, { logged_until: last }: Coverage): number | null {
  return last === null ? null : Math.min(last + bucketMs, endTimeMs)
}

const texts = {
  en: {
    title: aboutTitle.en,
    product: 'Made by',
    account: 'Account',
    dataOf: 'Data of account',
    report: 'Report',
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
    loggedUntil: 'Logs reach, within the range, to',
    interval: 'Interval',
    groups: 'Rows',
    byDomain: 'of each domain',
    inOne: 'of all domains together',
    area: 'Service area',
    ranking: 'Ranked by',
    country: 'Country',
    province: 'Province',
    carrier: 'Carrier',
    all: 'all',
    allDomains: (count: number) => `all (${count})`,
    comma: ', ',
    rows: 'Number of rows',
    rule: 'Billing rule',
    cutCells: 'Texts cut at 32,767 characters',
  },
  zh: {
    title: aboutTitle.zh,
    product: '生成程序',
    account: '账号',
    dataOf: '数据所属账号',
    report: '报表',
    domains: '域名',
    range: '时间范围（不含结束时间）',
    timeZone: '时区',
    units: '单位',
    unitsValue: '流量单位为Byte；带宽单位为bit/s，即字节数×8÷时间粒度秒数。时间为时间段的开始。',
    dataVersion: '数据版本',
    dataChanged: '数据最近变更时间',
    covered: '起始时间后有日志的域名数',
    notCovered: '无日志的域名数',
    loggedUntil: '日志截至（时间范围内）',
    interval: '时间粒度',
    groups: '分组',
    byDomain: '按域名',
    inOne: '全部域名合计',
    area: '服务区域',
    ranking: '排序依据',
    country: '国家',
    province: '省份',
    carrier: '运营商',
    all: '全部',
    allDomains: (count: number) => `全部（${count}）`,
    comma: '、',
    rows: '行数',
    rule: '计费规则',
    cutCells: '在32767个字符处截断的文本数',
  },
} as const
