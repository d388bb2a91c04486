import type { Action } from '../export-request.ts'
import type { Report } from './report.ts'
import { reportsDetail } from './reports-detail.ts'
import { topUrlDetail } from './top-url-detail.ts'

/** The report of each action. */
export const reports: Record<Action, Report> = {
  reports_detail: reportsDetail,
  top_url_detail: topUrlDetail,
}
