/** Length of the finest bucket, ms: five minutes, the finest interval of the contract. Roll-ups and coverage keep these. */
export const bucketMs = 300_000
