/** Settings of the edge: connections, memory for bodies, and access to metrics. */
export type EdgeConfig = {
  tlsMin: 'TLSv1.2' | 'TLSv1.3'
  connectionsMax: number
  connectionsPerAddressMax: number
  bodyBytesMax: number
  refusalsPerSecond: number
  metricsToken: string | null
  metricsAddress: { host: string; port: number } | null
  metricsUsageMax: number
}

export const edgeOptions: readonly { flag: string; value: string; meaning: string; fallback: string | null }[] = [
  {
    flag: 'tls-min',
    value: 'VERSION',
    meaning: 'Oldest TLS version that the server speaks: 1.2 or 1.3',
    fallback: '1.2',
  },
  {
    flag: 'connections-max',
    value: 'N',
    meaning: 'At most this many connections of all clients together',
    fallback: '10000',
  },
  {
    flag: 'connections-per-address-max',
    value: 'N',
    meaning:
      'At most this many connections of one address (of IPv6, a /64) without a valid key; then the oldest is closed',
    fallback: '1000',
  },
  {
    flag: 'body-bytes-max',
    value: 'N',
    meaning: 'At most this many bytes of arriving bodies in memory; an account has at most a quarter',
    fallback: '268435456',
  },
  {
    flag: 'refusals-per-second',
    value: 'N',
    meaning: 'An address without a valid key gets at most this many 401 answers, averaged over ten seconds; then 429',
    fallback: '100',
  },
  {
    flag: 'metrics-token',
    value: 'TOKEN',
    meaning:
      'Bearer token of /metrics and /metrics/usage, at least 16 characters. Without it and --metrics-address, only this host may read /metrics, and nobody /metrics/usage',
    fallback: null,
  },
  {
    flag: 'metrics-address',
    value: 'HOST:PORT',
    meaning: 'Serves /metrics and /metrics/usage at this address alone, in plain HTTP; a worker its own /metrics',
    fallback: null,
  },
  {
    flag: 'metrics-usage-max',
    value: 'N',
    meaning:
      '/metrics/usage has at most this many domains, those with the most traffic, and as many sources and accounts',
    fallback: '200',
  },
]

/** Readers of single options; each names its option in its errors. */
type Readers = {
  text(flag: string): string | null
  integer(flag: string, min: number, max: number): number
  oneOf<T extends string>(flag: string, allowed: readonly T[]): T
  wrong(flag: string, problem: string): Error
}

/** @throws the error of `wrong`, naming the option */
export function parseEdgeConfig({ text, integer, oneOf, wrong }: Readers): EdgeConfig {
  const metricsToken = text('metrics-token')
  if (metricsToken !== null && !/^[!-~]{16,}$/.test(metricsToken))
    throw wrong('metrics-token', 'it is not 16 or more visible ASCII characters')
  const addressText = text('metrics-address')
  const metricsAddress = addressText === null ? null : parseHostAndPort(addressText)
  if (addressText !== null && metricsAddress === null)
    throw wrong('metrics-address', 'it is not a host and a port, like 127.0.0.1:9464 or [::1]:9464')
  return {
    tlsMin: `TLSv${oneOf('tls-min', ['1.2', '1.3'] as const)}`,
    connectionsMax: integer('connections-max', 10, 1_000_000),
    connectionsPerAddressMax: integer('connections-per-address-max', 1, 1_000_000),
    bodyBytesMax: integer('body-bytes-max', 64 * 1024 ** 2, Number.MAX_SAFE_INTEGER),
    refusalsPerSecond: integer('refusals-per-second', 1, 1_000_000),
    metricsToken,
    metricsAddress,
    metricsUsageMax: integer('metrics-usage-max', 1, 10_000),
  }
}

function parseHostAndPort(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  return host === undefined || Number(port) > 65_535 ? null : { host, port: Number(port) }
}
