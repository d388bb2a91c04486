/** A backup is not whole, not one, or not to be trusted: the sentence names the file. */
export class BackupDamaged extends Error {}
