import fc from 'fast-check'

/** Paths of questions for figures. */
export const figurePaths = [
  '/api/v1/usage',
  '/api/v1/top?of=url',
  '/api/v1/top?of=domain',
  '/api/v1/explain?time=1788220800000&domain_name=www.example.test',
  '/api/v1/explain',
  '/api/v1/month?month=2026-09',
  '/api/v1/month',
  ...['domain-stats', 'top-url', 'domain-location-stats', 'bandwidth-calc', 'top-domain-names', 'top-ips'].map(
    (name) => `/v1.0/cdn/statistics/${name}`,
  ),
  ...['flux', 'bandwidth', 'domain', 'domain-summary-detail', 'region-detail-summary', 'domain-item-details'].map(
    (name) => `/v1.0/cdn/statistics/${name}`,
  ),
  ...['top-uas', 'top-path', 'top-refers', 'top-origin-urls', 'domain-country-stats'].map(
    (name) => `/v1/cdn/statistics/${name}`,
  ),
]
/** Parameters of figures, right or wrong. Most are right, so that the engine is asked. */
export const figureParameters: Record<string, string[]> = {
  action: ['summary', 'detail', 'location_summary', 'location_detail'],
  start_time: ['1788220800000', '1788220800001', '0', '-1', '1e3', '4102444800000'],
  end_time: ['1788224400000', '1788307200000', '1790899200000', '4102444800000', '99999999999999999999'],
  domain_name: ['all', 'ALL', 'www.example.test', 'www.example.test,', '__proto__', '%00', ','],
  stat_type: ['flux', 'bw,req_num', 'hit_num,status_code_2xx', 'status_code_5xx', 'uv', 'constructor'],
  interval: ['300', '3600', '14400', '86400', 'month', '7'],
  region: ['all', 'beijing,shanghai', 'x', '__proto__'],
  carrier: ['CTCC', 'yidong', 'x', 'constructor'],
  group_by: ['domain', 'country', 'domain,country,isp', 'province', 'status,hit,ip_version', '__proto__'],
  metrics: ['flux', 'bandwidth,peak_bandwidth', 'origin_bandwidth', 'hits', 'x'],
  service_area: ['global', 'mainland_china', 'outside_mainland_china', 'mars'],
  country: ['cn', 'us,qita', 'all', 'xx'],
  province: ['beijing', 'all', 'x'],
  isp: ['dianxin', 'all', 'x'],
  ip_version: ['IPv4', 'IPv6', 'v4'],
  calc_type: ['bw_95', 'bw_peak', 'bw_95_average', 'x'],
  month: ['2026-09', '2026-10', '1970-01', '2099-12', '2026-13', '2026-9'],
  metric: ['flux', 'bandwidth', 'peak_bandwidth', 'hits', 'status_4xx', 'origin_flux'],
  time: ['1788220800000', '0', '-1', '4102444800000', 'x'],
  status: ['200', '0', '99', '4xx'],
  status_class: ['2xx', '9xx', '2'],
  hit: ['hit', 'miss', 'unknown', 'x'],
  limit: ['1', '0', '100', '500', '501', 'x'],
  include_ratio: ['true', 'false', '1'],
  time_zone: ['UTC', 'Pacific/Apia', 'Asia/Kathmandu', 'Mars'],
  data_version: ['0', '1', '999999', '-1'],
  compare: ['previous', 'weekdays', 'year', 'x'],
  account: ['all', 'x'],
  of: ['url', 'path', 'referrer', 'user_agent', 'address', 'domain', 'origin_url', 'x'],
  by: ['flux', 'requests', 'x'],
  start_date: ['2026-09-01', '2026-09-31', 'x'],
  end_date: ['2026-09-02', '1970-01-01', 'x'],
  config_type: ['0', '1', '2', 'x'],
  exact_match: ['true', 'false', 'x'],
  page_size: ['1', '100', '0', '10001'],
  page_number: ['1', '65535', '0'],
  offset: ['0', '1', '-1'],
  show_tags: ['true', 'x'],
  factor: ['domains', 'x'],
  type: ['domain_status', 'business_type', 'x'],
  product_type: ['base', 'x'],
  ips: ['198.51.100.7', '::1,198.51.100.7', '1.2.3', ','],
}
/** A parameter with a value that it may have, or with any text. */
export const figureParameterOf = (anyText: fc.Arbitrary<string>) =>
  fc
    .constantFrom(...Object.keys(figureParameters))
    .chain((name) => fc.tuple(fc.constant(name), fc.oneof(fc.constantFrom(...(figureParameters[name] ?? [])), anyText)))
    .map(([name, value]): [string, string] => [name, value.replaceAll('#', '%23').replaceAll('&', '%26')])
