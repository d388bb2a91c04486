/** Areas that an API request may name. */
export const serviceAreas = ['mainland_china', 'outside_mainland_china', 'global'] as const
export type ServiceArea = (typeof serviceAreas)[number]

/**
 * The service area of a delivery's requests: one for all, or that of each client's country. Clients of unknown country
 * count as mainland China, the area an export covers by default.
 */
export const deliveryAreas = ['by_country', 'mainland_china', 'outside_mainland_china'] as const
export type DeliveryArea = (typeof deliveryAreas)[number]
