// Requests that are right but for some of what they say: an account's key may send all of them.
const routes = [
  ['GET', '/v1/cdn/statistics/export-tasks'],
  ['POST', '/v1/cdn/statistics/export-tasks'],
  ['GET', '/api/v1/export-tasks/:id'],
  ['POST', '/api/v1/export-tasks/:id/cancel'],
  ['POST', '/api/v1/export-tasks/:id/retry'],
  ['DELETE', '/api/v1/export-tasks/:id'],
  ['GET', '/api/v1/export-tasks/:id/changes'],
  ['POST', '/api/v1/export-tasks/preflight'],
  ['GET', '/api/v1/coverage'],
  ['GET', '/api/v1/domains'],
  ['GET', '/api/v1/webhook-secret'],
  ['GET', '/v3/auth/domains'],
  ['GET', '/api/v1/log-batches'],
  ['GET', '/api/v1/log-batches/:id'],
  ['PUT', '/api/v1/coverage/cadences/:id'],
  ['PUT', '/api/v1/accounts/:id/settings'],
  ['POST', '/api/v1/access-keys'],
  ['DELETE', '/api/v1/access-keys/:id'],
]
const names = [
  ...[
    'action',
    'domain_name',
    'start_time',
    'end_time',
    'group_by',
    'interval',
    'service_area',
    'stat_type',
    'country',
  ],
  ...['province', 'isp', 'language', 'task_name', 'format', 'compression', 'limit', 'offset', 'webhook_url', 'status'],
]
const odd = [
  ...[0, -1, 1e21, 1.5, 2 ** 53, null, true, '', ' ', 'all', '1e400', 'Infinity', 'NaN', '0x10', '‮', '\u0000', 'ä'],
  ...[
    'a.test,b.test',
    'csv',
    'xlsx',
    'reports_detail',
    'top_url_detail',
    'billing_summary',
    'uv',
    'domain',
    '300',
    3600,
  ],
  ...[1_788_220_800_000, 1_788_224_400_000, [], {}, ['x'], { a: { b: 1 } }, 'http://127.0.0.1/', 'x'.repeat(5_000)],
]
const ids = ['0', '1', '-1', '0'.repeat(32), 'f'.repeat(32), '..', '%00', 'x'.repeat(200), '9007199254740993']

/** @param {(below: number) => number} random */
export function randomRequest(random) {
  const pick = (list) => list[random(list.length)]
  const [method, path] = pick(routes)
  const target = path.replace(':id', encodeURIComponent(pick(ids)))
  const said = Object.fromEntries(Array.from({ length: random(6) }, () => [pick(names), pick(odd)]))
  if (method === 'GET' || method === 'DELETE') {
    const query = Object.fromEntries(Object.entries(said).filter(([, value]) => typeof value !== 'object'))
    return { method, target, options: { query } }
  }
  return { method, target, options: { body: said } }
}
