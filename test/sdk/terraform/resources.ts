import { countedDomains } from '../../harness/counted-server.ts'
import type { Json } from '../../harness/requests.ts'

/** A resource of the provider: its block, the request that makes it, and the one that it reads itself back with. */
export type Resource = {
  type: string
  arguments: Json
  makes: { method: string; path: string; body: Json; status: number }
  /** A path; none where the provider reads nothing back. */
  readsBack?: string
}

const mode = { charge_mode: 'flux', product_type: 'base', service_area: 'mainland_china' }
const named = { resource_type: 'domain', resource_name: countedDomains.join() }

export const resources: Resource[] = [
  {
    type: 'billing_option',
    arguments: mode,
    makes: { method: 'PUT', path: '/v1.0/cdn/charge/charge-modes', body: mode, status: 200 },
    readsBack: '/v1.0/cdn/charge/charge-modes?product_type=base',
  },
  {
    type: 'statistic_configuration',
    arguments: { ...named, config_info: [{ url: [{ enable: true }], ua: [{ enable: false }] }] },
    makes: {
      method: 'POST',
      path: '/v1/cdn/statistics/stats-configs',
      body: { ...named, config_info: { url: { enable: true }, ua: { enable: false } } },
      // The provider takes any other for a failure.
      status: 204,
    },
  },
]

const task = { name: 'daily', period_type: 0, emails: 'a@example.test', domain_name: 'all', report_type: '3' }
/** The third, which Fluxport does not have. */
export const subscription: Resource = {
  type: 'statistic_subscription_task',
  arguments: task,
  makes: { method: 'POST', path: '/v1/cdn/statistics/subscription-tasks', body: task, status: 404 },
}
