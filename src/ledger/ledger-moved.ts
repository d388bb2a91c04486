/** Another process loaded some of the same bytes, or of the same time, meanwhile; or a domain went to another account. */
export class LedgerMoved extends Error {}
