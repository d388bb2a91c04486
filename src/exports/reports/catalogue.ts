import type { Action } from '../request/actions.ts'
import { bill } from './bill.ts'
import { billingSummary } from './billing-summary.ts'
import { ispDetail } from './isp-detail.ts'
import type { Report } from './report.ts'
import { reportsDetail } from './reports-detail.ts'
import { topIpDetail, topPathDetail, topRefererDetail, topUaDetail, topUrlDetail } from './top-list.ts'
import { uv } from './uv.ts'

/** The report of each action. */
export const reports: Record<Action, Report> = {
  reports_detail: reportsDetail,
  top_url_detail: topUrlDetail,
  top_ua_detail: topUaDetail,
  top_referer_detail: topRefererDetail,
  top_ip_detail: topIpDetail,
  isp_detail: ispDetail,
  top_path_detail: topPathDetail,
  uv,
  billing_summary: billingSummary,
  bill,
}
