/** A file of geographic data that cannot be used. The message completes "The file cannot be imported: …". */
export class GeoFileError extends Error {}
