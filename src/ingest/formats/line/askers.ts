/**
 * The askers that are no visitors: classes of lines that an edge writes of its own requests. They do not count unless
 * the delivery's `count_also` names their class. The names are on the wire.
 */
export const askers = {
  worker: 'a program at the edge: a Worker’s fetches and cache look-ups, an edge function’s requests',
  edge: 'the edge itself: health checks, purges, image resizing, Always Online, challenges, expiries',
  other_zone: 'another customer’s zone that the request passed first (Cloudflare’s orangeToOrange)',
  shield: 'an edge node whose line has the request: this one is of the node behind it',
  inbound: 'the proxy before: an inbound line of Istio, whose request the gateway or caller has logged as outbound',
} as const

export type Asker = keyof typeof askers
export const askerNames = Object.keys(askers) as Asker[]
