/** The areas that a request of the API names. */
export const serviceAreas = ['mainland_china', 'outside_mainland_china', 'global'] as const
export type ServiceArea = (typeof serviceAreas)[number]

/**
 * The service area of a delivery's requests: one for all of them, or that of each client's country. Who is nowhere that is
 * known counts as in the Chinese mainland, which the contract's exports are of when they name no area.
 */
export const deliveryAreas = ['by_country', 'mainland_china', 'outside_mainland_china'] as const
export type DeliveryArea = (typeof deliveryAreas)[number]
