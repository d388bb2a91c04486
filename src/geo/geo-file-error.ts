/** A file of geographic data is unusable. The message completes "The file cannot be imported: …". */
export class GeoFileError extends Error {
  constructor(message: string) {
    super(message)
    // A reader process transmits the error by this name.
    this.name = 'GeoFileError'
  }
}
