/** A domain name that was registered or seen in a log. Without an owner it belongs to the first account. */
export type DomainRow = {
  name: string
  account_id: string | null
  created_at_ms: number
  /** Id in the contract's look-ups (accounts/domain-id.ts). */
  public_id: string
}

/**
 * One ownership of a domain, in data versions, [from, until); null: the present one. The owner sees loads that count
 * from `seen_from_load` on, which is 0 or `owned_from_load`; loads are compared by `counts_as`.
 */
export type DomainOwnershipRow = {
  domain_name: string
  account_id: string
  from_version: number
  until_version: number | null
  owned_from_load: number
  seen_from_load: number
}

/** A configuration of the contract's statistics, as JSON: kept for those who read back what they set. */
export type StatsConfigRow = {
  account_id: string
  config_type: number
  resource_type: string
  /** A domain, or the account's id. */
  resource_name: string
  config_json: string
}

/** A charge mode of an account in a service area, from `effective_at_ms` on: kept for those who read back what they set. */
export type ChargeModeRow = {
  account_id: string
  service_area: string
  effective_at_ms: number
  charge_mode: string
  created_at_ms: number
}

/** The account's own data version: the number of changes that it has seen. The first account is shown the server's. */
export type AccountVersionRow = { account_id: string; version: number; changed_at_ms: number | null }

/**
 * Domains that a batch's lines may name: `any`; those of its list; or its account's, restricted to its list if it has
 * one.
 */
export type MayDeliver = 'any' | 'list' | 'account'
