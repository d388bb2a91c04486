export async function* readGeo(_path: string, _name: string): AsyncGenerator<Uint8Array> {}
