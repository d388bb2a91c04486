/** An account's commit of each month (usage/month/commit.ts); null: none. */
export type AccountCommit = {
  /** Bytes of billed traffic. */
  commit_traffic_bytes: number | null
  /** Bit/s of percentile bandwidth. */
  commit_bandwidth_bps: number | null
}
