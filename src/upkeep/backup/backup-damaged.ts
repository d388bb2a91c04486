/** A backup is incomplete, no backup, or not to be trusted: the message names the file. */
export class BackupDamaged extends Error {}
