/** A file of geographic data that cannot be used. The message completes "The file cannot be imported: …". */
export class GeoFileError extends Error {
  constructor(message: string) {
    super(message)
    // A reader process hands it on by this name.
    this.name = 'GeoFileError'
  }
}
