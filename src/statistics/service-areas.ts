/** Areas that an API request may name. */
export const serviceAreas = ['mainland_china', 'outside_mainland_china', 'global'] as const
export type ServiceArea = (typeof serviceAreas)[number]

/**
 * The service area of a delivery's requests: one for all, or that of each client's country. Clients of unknown country
 * count to the area that --unknown-client-area names; by default mainland China, the area an export covers by default.
 */
export const deliveryAreas = ['by_country', 'mainland_china', 'outside_mainland_china'] as const
export type DeliveryArea = (typeof deliveryAreas)[number]

/** Areas to which clients of unknown country may count. */
export const unknownClientAreas = ['mainland_china', 'outside_mainland_china'] as const
export type UnknownClientArea = (typeof unknownClientAreas)[number]

/**
 * Condition: nobody knows whether the client is in mainland China. Its address is empty, private or in no geographic
 * data, and its log names no place.
 */
export const isUnknownSql = (country: string, province: string): string =>
  `${country} IN ('', 'qita') AND ${province} != 'gangaotai'`
