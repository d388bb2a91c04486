/** Values that a request may name, free of imports: the command line prints them. */

/** The contract's actions, in its order, and Fluxport's own. */
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
  'bill',
] as const
export type Action = (typeof actions)[number]

/** Actions whose figures follow the rule of bills. */
export const isBill = (action: Action): boolean => action === 'billing_summary' || action === 'bill'
