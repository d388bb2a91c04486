/** What a request may name, apart from everything that reads one: the command line prints these. */

/** The contract's actions, in its order, and our own. */
export const actions = [
  'reports_detail',
  'top_url_detail',
  'top_ua_detail',
  'top_referer_detail',
  'top_ip_detail',
  'isp_detail',
  'top_path_detail',
  'uv',
  'billing_summary',
] as const
export type Action = (typeof actions)[number]
