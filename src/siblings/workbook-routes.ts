import { Type } from 'typebox'
import { parameterError } from '../errors.ts'
import type { Routes } from '../http/server.ts'
import { carriers, countries, provinces } from '../statistics/places.ts'
import { ofAllTraffic } from '../usage/figures/usage-query.ts'
import { type PlaceFilter, placeCodesOf } from '../usage/rows/place-filter.ts'
import { sampledRange } from './sampled-range.ts'
import { sampledParameters } from './sampled-schema.ts'
import { askEngine, type SiblingDeps, type SiblingRequest } from './sibling.ts'
import { mountOperation, type Operation } from './wire/operation.ts'
import { areaOf, domainsOf, optionalOf, type Query, requiredOf } from './wire/parameters.ts'
import type { Language, WorkbookSheet } from './workbook.ts'
import {
  clock,
  placeSheet,
  placeTypes,
  type SheetQuestion,
  seriesColumns,
  seriesSheet,
  topSheets,
} from './workbook-sheets.ts'

/** The contract's rate: ten a minute. */
const perSecond = 10 / 60
const { start_time, end_time, domain_name, interval, enterprise_project_id } = sampledParameters
const language = { excel_language: 'zh (default), en, zh-cn or en-us' }
const bytes = Type.Unsafe<Buffer>({ type: 'string', format: 'binary', description: 'An Office Open XML workbook' })

const usageTypes = ['excel_type_usage', 'excel_type_access', 'excel_type_origin', 'excel_type_http_code'] as const
const placedTypes = ['excel_type_usage', 'excel_type_access'] as const

/** Figures of domains as a workbook: DownloadStatisticsExcel. */
const statisticsExcel: Operation = {
  path: 'statistics/statistics-excel',
  operationId: 'downloadStatisticsExcel',
  perSecond,
  summary: 'Figures of domains together, by bucket, as a workbook',
  parameters: {
    ...{ start_time, end_time, domain_name, interval, ...language, enterprise_project_id },
    excel_type: `${usageTypes.join(', ')}. Mandatory`,
    service_area: 'mainland_china (default), outside_mainland_china or global',
  },
  answers: bytes,
}

const regionTypes = [...placedTypes, ...placeTypes, 'excel_type_top_url'] as const

/** Figures by place as a workbook: DownloadRegionCarrierExcel. */
const regionCarrierExcel: Operation = {
  path: 'statistics/region-carrier-excel',
  operationId: 'downloadRegionCarrierExcel',
  perSecond,
  summary: 'Figures of clients’ places, by bucket or by place, or the top URLs, as a workbook',
  parameters: {
    ...{ start_time, end_time, domain_name, interval, ...language, enterprise_project_id },
    excel_type: `${regionTypes.join(', ')}. Mandatory`,
    country: 'Country codes with commas between them, or all; excel_type_region needs cn',
    region: 'Province codes with commas between them, or all; with country=cn, for usage, access and region',
    carrier: 'Carrier codes with commas between them, or all; for usage, access and carrier',
  },
  answers: bytes,
}

/** Routes of the contract's workbooks. */
export function workbookRoutes(server: Routes, deps: SiblingDeps): void {
  const mount = (operation: Operation, sheetsOf: (request: SiblingRequest) => Promise<WorkbookSheet[]>) =>
    mountOperation(
      server,
      deps,
      operation,
      (asking) => askEngine(deps, asking, async (request) => await workbookOf(request, await sheetsOf(request))),
      (reply, { fileName, content }) =>
        reply
          .header('Content-Type', 'application/octet-stream')
          .header('Content-Disposition', `attachment; filename="${fileName}"`)
          .send(content),
    )
  mount(statisticsExcel, usageSheets)
  mount(regionCarrierExcel, placeSheets)
}

function languageOf(query: Query): Language {
  const asked = optionalOf(query, 'excel_language', ['zh', 'en', 'zh-cn', 'en-us']) ?? 'zh'
  return asked.startsWith('zh') ? 'zh' : 'en'
}

async function workbookOf({ query, nowMs, deps }: SiblingRequest, sheets: WorkbookSheet[]) {
  const { asked } = sampledRange(query, nowMs)
  const [chosen, type] = [languageOf(query), query['excel_type']?.trim() ?? '']
  const label = (zh: string, en: string) => (chosen === 'zh' ? zh : en)
  const about = [
    [label('内容', 'Content'), type],
    [label('域名', 'Domains'), query['domain_name']?.trim() ?? ''],
    [label('起始时间', 'From'), clock(asked.startTimeMs)],
    [label('结束时间', 'Until'), clock(asked.endTimeMs)],
    [label('时区', 'Time zone'), 'UTC+08:00'],
  ] as const
  const content = await deps.writeWorkbook({ language: chosen, title: type, sheets, about: [...about] })
  const day = (timeMs: number) => clock(timeMs).slice(0, 10)
  return { fileName: `${type}_${day(asked.startTimeMs)}_${day(asked.endTimeMs - 1)}.xlsx`, content }
}

async function usageSheets(request: SiblingRequest): Promise<WorkbookSheet[]> {
  const { query, nowMs } = request
  languageOf(query)
  const type = requiredOf(query, 'excel_type', usageTypes)
  const question = {
    range: sampledRange(query, nowMs),
    domains: domainsOf(query),
    serviceArea: areaOf(query, 'mainland_china'),
    places: ofAllTraffic.places,
  }
  return [await seriesSheet(request, question, seriesColumns[type])]
}

async function placeSheets(request: SiblingRequest): Promise<WorkbookSheet[]> {
  const { query, nowMs } = request
  const chosen = languageOf(query)
  const type = requiredOf(query, 'excel_type', regionTypes)
  const question: SheetQuestion = {
    range: sampledRange(query, nowMs),
    domains: domainsOf(query),
    serviceArea: 'global',
    places: placesOf(query, type),
  }
  if (type === 'excel_type_top_url') return await topSheets(request, question)
  if (type === 'excel_type_usage' || type === 'excel_type_access')
    return [await seriesSheet(request, question, seriesColumns[type])]
  return [await placeSheet(request, question, { type, language: chosen })]
}

/** @throws AppError CDN.0001 for a filter that the kind of workbook does not have */
function placesOf(query: Query, type: (typeof regionTypes)[number]): PlaceFilter {
  const given = (name: string) => query[name]?.trim() || undefined
  const isOfChina = given('country')?.toLowerCase() === 'cn'
  const isSeries = type === 'excel_type_usage' || type === 'excel_type_access'
  if (type === 'excel_type_region' && !isOfChina) throw parameterError('country', 'excel_type_region needs country=cn')
  if (given('region') && !(isSeries || type === 'excel_type_region'))
    throw parameterError('region', `it does not go with ${type}`)
  if (given('region') && !isOfChina) throw parameterError('region', 'it goes with country=cn alone')
  if (given('carrier') && !(isSeries || type === 'excel_type_carrier'))
    throw parameterError('carrier', `it does not go with ${type}`)
  return {
    countries: placeCodesOf('country', given('country'), countries),
    provinces: placeCodesOf('region', given('region'), provinces),
    carriers: placeCodesOf('carrier', given('carrier'), carriers),
  }
}
