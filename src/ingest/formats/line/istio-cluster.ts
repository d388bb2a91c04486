/** SQL of who asked by the name of Istio's cluster: an inbound line is of a request that an outbound one has. */
export const inboundSql = (cluster: string): string => `if(match(${cluster}, '^[Ii]nbound'), 'inbound', '')`
