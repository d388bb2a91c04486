/**
 * The time of every entry of an archive: a file is the same bytes whenever and wherever it is made. Local, as an archive's
 * times are, and without the field that has it in UTC as well.
 */
export const fixedTime = { mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true } as const
