/** The API's actions, in the order of the form. */
export const actions = [
  'reports_detail',
  'isp_detail',
  'uv',
  'top_url_detail',
  'top_path_detail',
  'top_referer_detail',
  'top_ua_detail',
  'top_ip_detail',
  'billing_summary',
  'bill',
] as const
export type Action = (typeof actions)[number]

/** Fields of the form; each stands in the address under its name in the API. */
export const fieldNames = [
  'group_by',
  'interval',
  'stat_type',
  'limit',
  'country',
  'province',
  'isp',
  'format',
  'compression',
  'csv_delimiter',
  'csv_decimal',
  'csv_bom',
  'language',
  'coverage_column',
  'require_final',
  'require_final_wait_seconds',
] as const
export type FieldName = (typeof fieldNames)[number]
export type Fields = Partial<Record<FieldName, string>>

const isTop = (action: Action): boolean => action.startsWith('top_')
const isBill = (action: Action): boolean => action === 'bill' || action === 'billing_summary'
const hasBuckets = (action: Action): boolean => ['reports_detail', 'isp_detail', 'uv'].includes(action)

/** True if the API takes a field with an action, and beside the other fields. */
export function takes(action: Action, name: FieldName, fields: Fields): boolean {
  switch (name) {
    case 'group_by':
    case 'isp':
      return !isBill(action)
    case 'interval':
    case 'coverage_column':
      return hasBuckets(action)
    case 'stat_type':
    case 'limit':
      return isTop(action)
    case 'country':
      return !isBill(action) && action !== 'isp_detail' && action !== 'top_url_detail'
    case 'province':
      return action === 'isp_detail' || (takes(action, 'country', fields) && fields.country === 'cn')
    case 'csv_delimiter':
    case 'csv_decimal':
    case 'csv_bom':
      return fields.format === 'csv'
    case 'require_final_wait_seconds':
      return fields.require_final === 'true' || fields.require_final === 'strict'
    default:
      return true
  }
}

export const asAction = (text: string): Action => actions.find((action) => action === text) ?? 'reports_detail'
