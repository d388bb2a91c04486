/** Meanwhile another process loaded some of the same bytes or time range, or a domain went to another account. */
export class LedgerMoved extends Error {}
