/**
 * An account's defaults that people's commands send (accounts/account-settings.ts); null: the commands' own, and the
 * server's zone.
 */
export type CommandDefaults = {
  default_service_area: string | null
  default_language: string | null
  default_time_zone: string | null
  /** A name of statistics/format-names.ts. */
  default_csv_delimiter: string | null
  default_csv_decimal: string | null
  /** `true` or `false`. */
  default_csv_bom: string | null
}
