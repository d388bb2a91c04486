/** Figures that a question may ask for, free of imports: names of figures.sql, and the peak. */
export const metrics = [
  'flux',
  'bandwidth',
  'peak_bandwidth',
  'requests',
  'hits',
  'hit_flux',
  'origin_flux',
  'origin_bandwidth',
  'origin_requests',
  'status_2xx',
  'status_3xx',
  'status_4xx',
  'status_5xx',
] as const
export type Metric = (typeof metrics)[number]

/** A figure of the whole range from those of its buckets: a sum, the highest point, or a mean that is made from the sum. */
export const totalKinds: Record<Metric, 'sum' | 'peak' | { meanOf: Metric }> = {
  flux: 'sum',
  bandwidth: { meanOf: 'flux' },
  peak_bandwidth: 'peak',
  requests: 'sum',
  hits: 'sum',
  hit_flux: 'sum',
  origin_flux: 'sum',
  origin_bandwidth: { meanOf: 'origin_flux' },
  origin_requests: 'sum',
  status_2xx: 'sum',
  status_3xx: 'sum',
  status_4xx: 'sum',
  status_5xx: 'sum',
}

/** The meaning of each figure: a sentence for the documentation. */
export const metricMeanings: Record<Metric, string> = {
  flux: 'Bytes sent to clients, as the log counts them',
  bandwidth: 'Traffic × 8 / seconds of the bucket in bit/s, rounded half up',
  peak_bandwidth: 'The highest bandwidth of the bucket’s 5-minute points, in bit/s',
  requests: 'Lines that count, whatever their status',
  hits: 'Requests answered from a cache; null when a log does not say',
  hit_flux: 'Bytes of the hits; null as they are',
  origin_flux: 'Always null: no log format names the origin yet',
  origin_bandwidth: 'Always null: no log format names the origin yet',
  origin_requests: 'Always null: no log format names the origin yet',
  status_2xx: 'Requests answered with 200 to 299',
  status_3xx: 'Requests answered with 300 to 399',
  status_4xx: 'Requests answered with 400 to 499',
  status_5xx: 'Requests answered with 500 to 599',
}

/** Dimensions that a question may be broken down by. `isp` is the carrier, as in the contract. */
export const dimensions = [
  'domain',
  'country',
  'province',
  'isp',
  'ip_version',
  'status_class',
  'status',
  'hit',
] as const
export type Dimension = (typeof dimensions)[number]
