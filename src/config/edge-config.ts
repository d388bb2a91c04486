/** Settings of the edge: who may connect, how much is held for whom, and where figures are answered. */
export type EdgeConfig = {
  tlsMin: 'TLSv1.2' | 'TLSv1.3'
  connectionsMax: number
  connectionsPerAddressMax: number
  bodyBytesMax: number
  refusalsPerSecond: number
  metricsToken: string | null
  metricsAddress: { host: string; port: number } | null
}

export const edgeOptions: readonly { flag: string; value: string; meaning: string; fallback: string | null }[] = [
  { flag: 'tls-min', value: 'VERSION', meaning: 'The oldest TLS that is spoken: 1.2 or 1.3', fallback: '1.2' },
  { flag: 'connections-max', value: 'N', meaning: 'Connections of all clients together', fallback: '10000' },
  {
    flag: 'connections-per-address-max',
    value: 'N',
    meaning: 'Connections of one address (of IPv6, a /64) without a valid key; at them the oldest is closed',
    fallback: '1000',
  },
  {
    flag: 'body-bytes-max',
    value: 'N',
    meaning: 'Bytes of bodies on their way that are held in memory; an account may have a quarter',
    fallback: '268435456',
  },
  {
    flag: 'refusals-per-second',
    value: 'N',
    meaning: 'Requests without a valid key that an address is told 401 for, averaged over ten seconds; then 429',
    fallback: '100',
  },
  {
    flag: 'metrics-token',
    value: 'TOKEN',
    meaning:
      'Bearer token of /metrics; 16 or more characters; without it and --metrics-address, this host alone is answered',
    fallback: null,
  },
  {
    flag: 'metrics-address',
    value: 'HOST:PORT',
    meaning: 'An address of its own for /metrics, in plain HTTP; it is nowhere else then',
    fallback: null,
  },
]

/** Readers of single options, each of which names its option in what it throws. */
type Readers = {
  text(flag: string): string | null
  integer(flag: string, min: number, max: number): number
  oneOf<T extends string>(flag: string, allowed: readonly T[]): T
  wrong(flag: string, problem: string): Error
}

/** @throws what `wrong` makes, naming the option */
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
  }
}

function parseHostAndPort(text: string): { host: string; port: number } | null {
  const [, bracketed, plain, port = ''] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  return host === undefined || Number(port) > 65_535 ? null : { host, port: Number(port) }
}
